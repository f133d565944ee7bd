/* Reads server-sent events by fetch, and goes on after a cut. */

export const STREAM_TYPE = "text/event-stream";

const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 8000;

/** An answer that is a stream begins with the HTML of its turn: that, and the frames still to come. */
export async function begun(response) {
  if (!response.headers.get("Content-Type")?.startsWith(STREAM_TYPE)) return { html: await response.text() };
  const opened = frames(response.body);
  const { value } = await opened.next();
  return { html: JSON.parse(value.data).html, opened };
}

/** Calls onFrame(name, object) for each frame until the frame "end", then onEnd; onGone when it is no longer ours.
    `opened` are frames that come already. */
export async function listen(url, { signal, opened, onFrame, onLost, onGone, onEnd }) {
  let last = "0";
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      let coming = opened;
      opened = null;
      if (!coming) {
        const response = await fetch(url, { signal, headers: { Accept: STREAM_TYPE, "Last-Event-ID": last } });
        if (response.redirected || (response.status >= 400 && response.status < 500)) return onGone();
        if (!response.ok) throw new Error(String(response.status));
        coming = frames(response.body);
      }
      for await (const { name, data, id } of coming) {
        last = id || last;
        pause = FIRST_PAUSE;
        if (name === "end") return onEnd();
        onFrame(name, JSON.parse(data));
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof SyntaxError) console.warn(error);
    }
    onLost();
    await new Promise((done) => { setTimeout(done, pause); });
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
  return undefined;
}

async function* frames(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop();
    for (const block of blocks) {
      const frame = { name: "message", data: "", id: "" };
      for (const line of block.split(/\r?\n/)) {
        if (line.startsWith("event: ")) frame.name = line.slice(7);
        else if (line.startsWith("data: ")) frame.data += line.slice(6);
        else if (line.startsWith("id: ")) frame.id = line.slice(4);
      }
      if (frame.data) yield frame;
    }
  }
}
