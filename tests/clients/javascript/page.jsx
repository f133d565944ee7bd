// A page of somebody's own React application: the official hook, and nothing of ours.

import { useState } from "react";
import { createRoot } from "react-dom/client";
import { useStream } from "@langchain/langgraph-sdk/react";

const { apiUrl, apiKey, assistantId } = window.settings;

function Chat() {
  const [threadId, setThreadId] = useState(null);
  const [text, setText] = useState("");
  const stream = useStream({ apiUrl, apiKey, assistantId, threadId, onThreadId: setThreadId, messagesKey: "messages" });
  return (
    <main>
      <ol>
        {stream.messages.map((message) => (
          <li key={message.id} className={message.type}>
            {typeof message.content === "string" ? message.content : message.content.map((one) => one.text).join("")}
          </li>
        ))}
      </ol>
      {stream.interrupt && (
        <p>
          <span id="question">{stream.interrupt.value.question}</span>
          <button type="button" onClick={() => stream.submit(undefined, { command: { resume: "yes" } })}>
            Yes
          </button>
        </p>
      )}
      {stream.error && <p id="error">{String(stream.error)}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          stream.submit({ messages: [{ type: "human", content: text }] });
          setText("");
        }}
      >
        <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit">Send</button>
        <output>{stream.isLoading ? "busy" : "idle"}</output>
      </form>
    </main>
  );
}

createRoot(document.querySelector("#root")).render(<Chat />);
