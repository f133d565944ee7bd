/* The turns of the conversation: put in as the server made them. */

/** HTML that did not come through htmx is told to it, and to the page's other scripts, as if it had. */
export function wake(part) {
  globalThis.htmx?.process(part);
  part.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: part } }));
}

export function parsed(html) {
  const part = document.createElement("template");
  part.innerHTML = html;
  return part.content;
}

/** What stands elsewhere on the page and changes with the conversation: the list of threads. */
export function putTogether(root) {
  for (const part of root.querySelectorAll("[data-together]")) {
    const other = document.getElementById(part.id);
    if (!other) continue;
    other.replaceWith(part);
    wake(part);
  }
}

export class Turns {
  constructor(panel) {
    this.panel = panel;
    this.list = panel.querySelector("[data-turns]");
    this.decorate(panel);
  }

  find(key) { return [...this.list.children].find((turn) => turn.dataset.turn === key); }

  /** Over the same turn, over the one they replace and all after it, or at the end. */
  put(root) {
    for (const turn of [...root.querySelectorAll("section[data-turn]")]) {
      const replaced = turn.dataset.replaces && this.find(turn.dataset.replaces);
      const same = this.find(turn.dataset.turn);
      while (replaced && replaced.nextElementSibling) replaced.nextElementSibling.remove();
      if (replaced) replaced.replaceWith(turn);
      else if (same) swap(same, turn);
      else this.list.append(turn);
      this.decorate(turn);
      wake(turn);
      this.panel.state = turn.dataset.state;
    }
    const branch = root.querySelector("[data-branch]");
    if (branch) this.panel.composer.elements.branch.value = branch.dataset.branch;
    putTogether(root);
  }

  /** A finished turn over the one that was streamed, whatever key the server found for it. */
  finish(streamed, root) {
    const made = root.querySelector("section[data-turn]");
    if (made && !this.find(made.dataset.turn)) streamed.dataset.turn = made.dataset.turn;
    this.put(root);
    return made;
  }

  /** A copy button on every block of code. */
  decorate(root) {
    for (const block of root.querySelectorAll(".message__content .prose pre:not(:has(.code-copy))")) {
      block.append(this.panel.querySelector("[data-copy-code]").content.firstElementChild.cloneNode(true));
    }
  }
}

/** What was unfolded stays unfolded. */
function swap(old, turn) {
  const unfolded = [...old.querySelectorAll("[data-call] details[open]")].map((part) => part.closest("[data-call]").dataset.call);
  for (const call of turn.querySelectorAll("[data-call]")) {
    if (unfolded.includes(call.dataset.call)) call.querySelectorAll("details").forEach((part) => { part.open = true; });
  }
  old.replaceWith(turn);
}
