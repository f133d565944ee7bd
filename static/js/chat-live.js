/* Puts the frames of a running reply on the screen. Their HTML was made, and cleaned, by the server. */

export class Live {
  constructor(turn, template) {
    this.turn = turn;
    this.template = template;
    this.replies = turn.querySelector("[data-replies]");
  }

  apply(name, frame) {
    if (name === "reply") this.reply(frame);
    else if (name === "tool") this.tool(frame);
    else if (name === "nodes") document.dispatchEvent(new CustomEvent("run:nodes", { detail: frame }));
    else if (name === "progress") this.note(frame.text);
  }

  note(text) {
    const note = this.turn.querySelector("[data-progress]");
    if (note) note.textContent = text;
  }

  message(id) {
    const found = [...this.replies.children].find((one) => one.dataset.message === id);
    if (found?.hasAttribute("data-live")) return found;
    const made = this.template.content.firstElementChild.cloneNode(true);
    made.dataset.message = id;
    if (found) found.replaceWith(made);
    else this.replies.append(made);
    return made;
  }

  reply({ message, part, from, settled, last }) {
    const place = this.message(message).querySelector(`[data-part="${part}"]`);
    const [done, tail] = place.querySelectorAll(":scope .settled, :scope .tail");
    place.hidden = false;
    if (from === 0) done.replaceChildren();
    if (settled) done.insertAdjacentHTML("beforeend", settled);
    tail.innerHTML = last;
  }

  tool({ message, call, html }) {
    const tools = this.message(message).querySelector(".message__tools");
    const found = [...tools.children].find((one) => one.dataset.call === call);
    const part = document.createElement("template");
    part.innerHTML = html;
    if (found) {
      const open = found.querySelector("details")?.open;
      found.replaceWith(part.content);
      if (open) [...tools.children].find((one) => one.dataset.call === call).querySelector("details")?.setAttribute("open", "");
    } else tools.append(part.content);
  }
}
