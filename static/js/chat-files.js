/* Pictures and PDF files by picker, paste and drop. The file input itself holds them, so the form sends them. */

const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"];
const LARGEST = 5 * 1024 * 1024;

export class Attachments {
  constructor(panel) {
    this.panel = panel;
    this.input = panel.querySelector("[data-file-input]");
    if (!this.input) return;
    this.list = panel.querySelector("[data-files]");
    this.chosen = [];
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    panel.querySelector("[data-message-box]").addEventListener("paste", (event) => this.take(event, event.clipboardData));
    const box = panel.querySelector("[data-drop]");
    panel.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      box.classList.add("composer__box--over");
    });
    panel.addEventListener("dragleave", () => box.classList.remove("composer__box--over"));
    panel.addEventListener("drop", (event) => {
      box.classList.remove("composer__box--over");
      this.take(event, event.dataTransfer);
    });
  }

  get some() { return this.chosen?.length > 0; }

  take(event, source) {
    if (!source?.files.length) return;
    event.preventDefault();
    this.add([...source.files]);
  }

  add(files) {
    for (const file of files) {
      if (!KINDS.includes(file.type)) this.panel.tell(`${file.name}: ${this.panel.dataset.wordsWrongFile}`);
      else if (file.size > LARGEST) this.panel.tell(`${file.name}: ${this.panel.dataset.wordsTooBig}`);
      else this.chosen.push(file);
    }
    this.show();
  }

  clear() {
    if (!this.input) return;
    this.chosen = [];
    this.show();
  }

  show() {
    const held = new DataTransfer();
    this.chosen.forEach((file) => held.items.add(file));
    this.input.files = held.files;
    this.list.replaceChildren(...this.chosen.map((file) => this.item(file)));
  }

  item(file) {
    const item = document.createElement("li");
    if (file.type.startsWith("image/")) {
      const reader = new FileReader();
      const picture = new Image();
      picture.alt = "";
      reader.addEventListener("load", () => { picture.src = reader.result; });
      reader.readAsDataURL(file);
      item.append(picture);
    }
    const name = document.createElement("span");
    name.textContent = file.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "icon-button";
    remove.textContent = "✕";
    remove.setAttribute("aria-label", `${this.panel.dataset.wordsRemove} ${file.name}`);
    remove.addEventListener("click", () => {
      this.chosen = this.chosen.filter((one) => one !== file);
      this.show();
      this.panel.box.focus();
    });
    item.append(name, remove);
    return item;
  }
}
