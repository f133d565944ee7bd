// The official JavaScript client: one small story for each of its methods, told by node's own test runner.
// API_URL and API_KEY say where; `used` keeps what was really called, and the last test asks that nothing was left out.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import { Client } from "@langchain/langgraph-sdk";
import { WebSocket } from "ws";

const PARTS = ["assistants", "threads", "runs", "crons", "store"];
const used = new Set();

const client = recorded(new Client({ apiUrl: process.env.API_URL, apiKey: process.env.API_KEY }));

function recorded(own) {
  const faces = PARTS.map((name) => [
    name,
    new Proxy(own[name], {
      get(part, key) {
        const found = part[key];
        if (typeof found !== "function") return found;
        return (...given) => {
          used.add(`${name}.${String(key)}`);
          return found.apply(part, given);
        };
      },
    }),
  ]);
  return { own, ...Object.fromEntries(faces) };
}

const human = (text) => ({ messages: [{ role: "user", content: text }] });
const lastText = (values) => values.messages.at(-1).content;

async function parts(stream) {
  const found = [];
  for await (const part of stream) found.push(part);
  return found;
}

test("assistants are made, found, changed and deleted", async () => {
  const made = await client.assistants.create({
    graphId: "writer",
    context: { system_prompt: "Shout." },
    metadata: { mark: "js" },
    name: "Shouter",
  });
  assert.deepEqual(made.config.configurable, { system_prompt: "Shout." });
  assert.deepEqual(await client.assistants.get(made.assistant_id), made);
  assert.deepEqual(await client.assistants.search({ metadata: { mark: "js" } }), [made]);
  assert.equal(await client.assistants.count({ metadata: { mark: "js" } }), 1);
  const updated = await client.assistants.update(made.assistant_id, { context: { system_prompt: "Whisper." } });
  assert.equal(updated.version, 2);
  const versions = await client.assistants.getVersions(made.assistant_id);
  assert.deepEqual(versions.map((one) => one.version), [2, 1]);
  const back = await client.assistants.setLatest(made.assistant_id, 1);
  assert.deepEqual(back.context, { system_prompt: "Shout." });
  await client.assistants.delete(made.assistant_id);
  assert.equal(await client.assistants.count({ metadata: { mark: "js" } }), 0);
});

test("assistants tell of their graph", async () => {
  const [made] = await client.assistants.search({ graphId: "nested", limit: 1 });
  assert.ok((await client.assistants.getGraph(made.assistant_id, { xray: true })).nodes.length > 0);
  assert.equal((await client.assistants.getSchemas(made.assistant_id)).graph_id, "nested");
  assert.ok(await client.assistants.getSubgraphs(made.assistant_id, { recurse: true }));
});

test("threads are made, found, changed and deleted", async () => {
  const mark = randomUUID();
  const made = await client.threads.create({ metadata: { mark }, ttl: 60 });
  assert.equal((await client.threads.get(made.thread_id)).status, "idle");
  const updated = await client.threads.update(made.thread_id, { metadata: { more: 1 } });
  assert.deepEqual(updated.metadata, { mark, more: 1 });
  const found = await client.threads.search({ metadata: { mark }, sortBy: "created_at", sortOrder: "asc" });
  assert.deepEqual(found.map((one) => one.thread_id), [made.thread_id]);
  assert.equal(await client.threads.count({ metadata: { mark } }), 1);
  await client.threads.delete(made.thread_id);
  assert.equal(await client.threads.count({ metadata: { mark } }), 0);
});

test("threads have state", async () => {
  const thread = await client.threads.create();
  await client.runs.wait(thread.thread_id, "writer", { input: human("Hello") });
  const state = await client.threads.getState(thread.thread_id);
  assert.equal(lastText(state.values), "Be brief. You said: Hello");
  const changed = await client.threads.updateState(thread.thread_id, { values: human("By hand"), asNode: "write" });
  const at = await client.threads.getState(thread.thread_id, changed.checkpoint);
  assert.equal(lastText(at.values), "By hand");
  await client.threads.patchState(thread.thread_id, { patched: true });
  assert.equal((await client.threads.get(thread.thread_id)).metadata.patched, true);
  const history = await client.threads.getHistory(thread.thread_id, { limit: 10 });
  assert.deepEqual(history.map((one) => one.metadata.source), ["update", "loop", "loop", "input"]);
  const copied = await client.threads.copy(thread.thread_id);
  assert.equal(lastText((await client.threads.getState(copied.thread_id)).values), "By hand");
  await client.threads.prune([copied.thread_id], { strategy: "delete" });
  await assert.rejects(client.threads.get(copied.thread_id), /404/);
});

test("runs stream", async () => {
  const thread = await client.threads.create();
  const created = [];
  const found = await parts(
    client.runs.stream(thread.thread_id, "writer", {
      input: human("Hello"),
      context: { system_prompt: "Listen." },
      streamMode: ["values", "updates", "messages-tuple", "custom", "events", "debug", "tasks", "checkpoints"],
      streamResumable: true,
      onRunCreated: (run) => created.push(run),
    }),
  );
  assert.equal(found[0].event, "metadata");
  assert.deepEqual(created, [{ run_id: found[0].data.run_id, thread_id: thread.thread_id }]);
  const values = found.filter((part) => part.event === "values");
  assert.equal(lastText(values.at(-1).data), "Listen. You said: Hello");
  assert.ok(found.some((part) => part.event === "messages"));
  assert.ok(found.some((part) => part.event === "events"));
});

test("runs need no thread", async () => {
  const found = await parts(client.runs.stream(null, "writer", { input: human("Hello") }));
  assert.equal(lastText(found.at(-1).data), "Be brief. You said: Hello");
  assert.equal(lastText(await client.runs.wait(null, "writer", { input: human("A") })), "Be brief. You said: A");
  const runs = await client.runs.createBatch([{ assistantId: "writer", input: human("B"), on_completion: "keep" }]);
  assert.equal(lastText(await client.runs.join(runs[0].thread_id, runs[0].run_id)), "Be brief. You said: B");
});

test("runs go on in the background", async () => {
  const thread = await client.threads.create();
  const run = await client.runs.create(thread.thread_id, "writer", { input: human("Hello"), streamResumable: true });
  await client.runs.join(thread.thread_id, run.run_id);
  assert.equal((await client.runs.get(thread.thread_id, run.run_id)).status, "success");
  assert.deepEqual((await client.runs.list(thread.thread_id)).map((one) => one.run_id), [run.run_id]);
  const whole = await parts(client.runs.joinStream(thread.thread_id, run.run_id, { lastEventId: "-1" }));
  const rest = await parts(client.runs.joinStream(thread.thread_id, run.run_id, { lastEventId: whole[0].id }));
  assert.deepEqual(rest.map((part) => part.id), whole.slice(1).map((part) => part.id));
  await client.runs.delete(thread.thread_id, run.run_id);
  assert.deepEqual(await client.runs.list(thread.thread_id), []);
});

test("runs are cancelled", async () => {
  const thread = await client.threads.create();
  const first = await client.runs.create(thread.thread_id, "slow", { input: human("Wait") });
  await client.runs.cancel(thread.thread_id, first.run_id, true);
  const second = await client.runs.create(thread.thread_id, "slow", { input: human("Wait") });
  await client.runs.cancelMany({ threadId: thread.thread_id, runIds: [second.run_id] });
  await client.runs.join(thread.thread_id, second.run_id);
  const states = (await client.runs.list(thread.thread_id)).map((one) => one.status);
  assert.deepEqual(states, ["interrupted", "interrupted"]);
});

test("runs wait for humans", async () => {
  const thread = await client.threads.create();
  const asked = await client.runs.wait(thread.thread_id, "approval", { input: human("Hello") });
  const [question] = asked.__interrupt__;
  assert.deepEqual(question.value, { question: "May I?" });
  const done = await client.runs.wait(thread.thread_id, "approval", { command: { resume: { [question.id]: "yes" } } });
  assert.equal(lastText(done), "You answered: yes");
});

test("a failing graph is told", async () => {
  const thread = await client.threads.create();
  await assert.rejects(client.runs.wait(thread.thread_id, "failing", { input: human("x") }), /fell over/);
  const found = await parts(client.runs.stream(thread.thread_id, "failing", { input: human("x") }));
  assert.deepEqual(found.at(-1).data, { error: "ValueError", message: "the graph fell over" });
});

test("a thread's own stream tells of its runs", async () => {
  const thread = await client.threads.create();
  const leaving = new AbortController();
  const told = [];
  const listening = (async () => {
    for await (const part of client.threads.joinStream(thread.thread_id, { signal: leaving.signal })) {
      told.push(part);
      if (part.event === "metadata" && part.data.status === "run_done") break;
    }
  })();
  await new Promise((done) => setTimeout(done, 300));
  await client.runs.wait(thread.thread_id, "writer", { input: human("Hello") });
  await listening;
  leaving.abort();
  assert.ok(told.some((part) => part.event === "values"));
});

test("the thread-centred protocol streams", async () => {
  const thread = client.threads.stream({ assistantId: "writer" });
  try {
    const started = await thread.run.start({ input: human("Hello") });
    assert.ok(started.run_id);
    let text = "";
    for await (const message of thread.messages) {
      for await (const piece of message.text) text += piece;
      break;
    }
    assert.equal(text, "Be brief. You said: Hello");
    assert.equal(lastText(await thread.output).length > 0, true);
  } finally {
    await thread.close();
  }
});

test("the thread-centred protocol goes over a WebSocket too", async () => {
  const connecting = new Client({ apiUrl: process.env.API_URL, apiKey: null });
  const thread = connecting.threads.stream({
    assistantId: "approval",
    transport: "websocket",
    webSocketFactory: (url) => new WebSocket(url, { headers: { "X-Api-Key": process.env.API_KEY } }),
  });
  const until = async (end) => {
    for await (const event of await thread.subscribe("lifecycle")) {
      if (event.params.namespace.length === 0 && event.params.data.event === end) return;
    }
  };
  try {
    await thread.run.start({ input: human("Hello") });
    await until("interrupted");
    const [asked] = thread.interrupts;
    await thread.input.respond({ namespace: asked.namespace, interrupt_id: asked.interruptId, response: "yes" });
    await until("completed");
    assert.equal(lastText((await thread.state.get({ namespace: [] })).values), "You answered: yes");
  } finally {
    await thread.close();
  }
});

test("crons are kept", async () => {
  const thread = await client.threads.create();
  const alone = await client.crons.create("writer", { schedule: "0 9 * * 1-5", input: human("x"), metadata: { js: 1 } });
  const on = await client.crons.createForThread(thread.thread_id, "writer", { schedule: "*/5 * * * *" });
  assert.equal(on.thread_id, thread.thread_id);
  assert.equal((await client.crons.search({ threadId: thread.thread_id })).length, 1);
  assert.equal(await client.crons.count({ metadata: { js: 1 } }), 1);
  assert.equal((await client.crons.update(alone.cron_id, { enabled: false })).enabled, false);
  await client.crons.delete(alone.cron_id);
  await client.crons.delete(on.cron_id);
});

test("the store remembers", async () => {
  const space = ["js", randomUUID()];
  await client.store.putItem(space, "k", { likes: "tea" });
  assert.deepEqual((await client.store.getItem(space, "k")).value, { likes: "tea" });
  const found = await client.store.searchItems(space, { filter: { likes: "tea" } });
  assert.deepEqual(found.items.map((one) => one.key), ["k"]);
  const spaces = await client.store.listNamespaces({ prefix: ["js"] });
  assert.ok(spaces.namespaces.some((one) => one[1] === space[1]));
  await client.store.deleteItem(space, "k");
  assert.equal(await client.store.getItem(space, "k"), null);
});

after(() => {
  const methods = PARTS.flatMap((name) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(client.own[name]))
      .filter((method) => method !== "constructor")
      .map((method) => `${name}.${method}`),
  );
  assert.deepEqual(methods.filter((method) => !used.has(method)), []);
});
