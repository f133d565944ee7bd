/* Reads server-sent events by fetch, and goes on after a cut. */

const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 8000;

/** Calls onFrame(name, object) for each frame until the frame "end", then onEnd; onGone when it is no longer ours. */
export async function listen(url, { signal, onFrame, onLost, onGone, onEnd }) {
  let last = "0";
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal, headers: { Accept: "text/event-stream", "Last-Event-ID": last } });
      if (response.redirected || (response.status >= 400 && response.status < 500)) return onGone();
      if (!response.ok) throw new Error(String(response.status));
      for await (const { name, data, id } of frames(response.body)) {
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
