// Says which edge answered: asks for this page once more and reads Cache-Status (RFC 9211) of the answer.

/** Reads the member that the nearest cache added (the last one) as its name and its parameters. */
function readCacheStatus(value) {
  const [name, ...parameters] = (value.split(",").at(-1) ?? "").split(";").map((part) => part.trim());
  const entries = parameters.map((parameter) => {
    const [key, ...rest] = parameter.split("=");
    return [key, rest.join("=").replaceAll('"', "")];
  });
  return { name: name.replaceAll('"', ""), parameters: new Map(entries) };
}

/** One request, and how long its head took. */
async function ask(path) {
  const startMs = performance.now();
  const response = await fetch(path);
  const headMs = Math.round(performance.now() - startMs);
  await response.body?.cancel();
  return { response, headMs };
}

/** The answer as one sentence for people. */
function sentence({ response, headMs }) {
  const status = response.headers.get("cache-status");
  if (status === null) return [text(`Straight from the origin in ${headMs} ms: there is no CDN in between.`)];
  const { name, parameters } = readCacheStatus(status);
  const age = response.headers.get("age");
  const how = parameters.has("hit")
    ? `from its cache${age === null ? "" : `, ${age} s old`}`
    : "after asking the origin";
  const word = parameters.get("detail");
  return [text("Edge "), strong(name), text(` answered in ${headMs} ms ${how}${word ? ` (${word})` : ""}.`)];
}

function text(content) {
  return document.createTextNode(content);
}

function strong(content) {
  const element = document.createElement("strong");
  element.textContent = content;
  return element;
}

/** Shows the sentence in `output`, or what went wrong. */
async function show(output, path) {
  try {
    output.replaceChildren(...sentence(await ask(path)));
  } catch {
    output.replaceChildren(text("No answer: is the CDN still running?"));
  }
}

/** How often the origin really worked, which is what a CDN saves. */
async function showOrigin(output) {
  try {
    const { requests, sinceSeconds } = await (await fetch("/api/origin")).json();
    output.textContent = `The origin has been asked ${requests} times in ${sinceSeconds} s.`;
  } catch {
    output.textContent = "";
  }
}

const answer = document.querySelector("#answer");
const origin = document.querySelector("#origin");
const again = document.querySelector("#again");

async function refresh() {
  if (answer !== null) await show(answer, location.pathname);
  if (origin !== null) await showOrigin(origin);
}

again?.addEventListener("click", refresh);
for (const button of document.querySelectorAll("button[data-path]")) {
  button.hidden = false;
  const output = document.getElementById(button.getAttribute("aria-controls") ?? "");
  if (output !== null) button.addEventListener("click", () => show(output, button.dataset.path ?? "/"));
}
if (again !== null) again.hidden = false;
refresh();
