/* Lights the nodes of a drawn graph: those that the setting with the focus feeds, those that a run is at or has passed. */

const nodesOf = (name) => [...document.querySelectorAll("[data-graph-drawn] [data-node]")].filter(
  ({ dataset: { node } }) => node === name || node.startsWith(`${name}:`) || name.startsWith(`${node}:`),
);

/* Where a run is: in the node itself, or in a graph inside that is drawn as one. Not in every node of a graph that has begun. */
const at = (name) => [...document.querySelectorAll("[data-graph-drawn] [data-node]")].filter(
  ({ dataset: { node } }) => node === name || name.startsWith(`${node}:`),
);

const clear = (mark) => document.querySelectorAll(`[data-graph-drawn] [${mark}]`).forEach((one) => one.removeAttribute(mark));

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest(".form-row[data-nodes]");
  clear("data-lit");
  for (const name of row?.dataset.nodes.split("|").filter(Boolean) ?? []) {
    nodesOf(name).forEach((one) => one.setAttribute("data-lit", ""));
  }
});

/* From the chat panel: a run begins, is at a node, ends. */
function passed() {
  document.querySelectorAll("[data-graph-drawn] [data-runs]").forEach((one) => {
    one.removeAttribute("data-runs");
    one.setAttribute("data-ran", "");
  });
}
document.addEventListener("run:begins", () => { clear("data-ran"); clear("data-runs"); });
document.addEventListener("run:nodes", ({ detail: { nodes, ran } }) => {
  passed();
  ran.forEach((name) => at(name).forEach((one) => one.setAttribute("data-ran", "")));
  for (const one of nodes.flatMap(at)) {
    one.removeAttribute("data-ran");
    one.setAttribute("data-runs", "");
  }
});
document.addEventListener("run:ends", passed);
