// The official JavaScript client behind a proxy that cuts its streams: it goes on by itself, and hears each event once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "@langchain/langgraph-sdk";

test("a stream that is cut goes on", async () => {
  const client = new Client({ apiUrl: process.env.API_URL, apiKey: process.env.API_KEY });
  const thread = await client.threads.create();
  const ids = [];
  const stream = client.runs.stream(thread.thread_id, "tokens", {
    input: { messages: [{ role: "user", content: "300" }] },
    streamMode: "messages-tuple",
  });
  for await (const part of stream) if (part.id) ids.push(Number(part.id));
  assert.ok(ids.length > 300);
  assert.deepEqual(ids, ids.map((_id, index) => index + 1));
});
