/** The pages of the demo site. */
import { escapeHtml, type Page } from "./layout.ts";
import { antipodeOf, coordinatesText, PLACES, type Place } from "./places.ts";

/** Which edge answered: filled in by the script, and says what to do without it. */
const ANSWER = `<section class="answer" aria-label="Who answered">
<p id="answer" role="status">Which edge sent this page? Look at the <code>Cache-Status</code> header of the answer.</p>
<p id="origin" class="quiet"></p>
<button id="again" type="button" hidden>Ask again</button>
</section>`;

/** All pages that answer 200. */
export function sitePages(): readonly Page[] {
  return [homePage(), placesPage(), ...PLACES.map(placePage), journeyPage(), tryPage(), slowPage()];
}

/** The page for paths that do not exist. */
export const notFoundPage: Page = {
  path: "",
  title: "Not found: Antipodes",
  main: `<h1>There is nothing at this address</h1>
<p>This answer is a 404. It may be kept for ten seconds, so that a wrong link does not trouble the origin each time.</p>
<p><a href="/">Back to the beginning</a></p>`,
};

function homePage(): Page {
  return {
    path: "/",
    title: "Antipodes: a site that is far away and feels near",
    main: `<div class="hero">
<div>
<h1>This page lives far away and feels near</h1>
<p>There is one server that holds it, the <em>origin</em>. Between it and you stand three caching <em>edges</em>: in New York, Frankfurt and Sydney. A <em>router</em> sent you to the one that is nearest to where you seem to be.</p>
${ANSWER}
</div>
<img src="/images/globe.png" width="480" height="480" alt="A globe with marks at New York and Frankfurt">
</div>
<h2>What to look at</h2>
<ul>
<li>Press <em>Ask again</em>: the second answer comes from the edge’s cache and the origin’s count stands still.</li>
<li>Ask as somebody in another city: <a href="/try">three commands</a> show three edges.</li>
<li>End an edge by its process id. Reload: the router has moved on, and the edge is back a moment later.</li>
<li>Stop the origin: what is fresh is still served.</li>
</ul>
<h2>Three places</h2>
${placeCards("h3")}`,
  };
}

function placesPage(): Page {
  return {
    path: "/places",
    title: "Places: Antipodes",
    main: `<h1>Three places and their opposites</h1>
<p>The antipode of a place is the point that a straight line through the middle of the Earth would meet: the farthest that anything on this planet can be. No cable is longer than half the way round, and no answer can come faster than light in glass.</p>
${placeCards("h2")}
${ANSWER}`,
  };
}

function placeCards(heading: "h2" | "h3"): string {
  const cards = PLACES.map(
    (place) => `<li><img src="/images/${place.slug}.svg" width="640" height="320" alt="" loading="lazy">
<div><${heading}><a href="/places/${place.slug}">${escapeHtml(place.name)}</a></${heading}>
<p class="quiet numbers">${coordinatesText(place)}</p></div></li>`,
  );
  return `<ul class="cards">${cards.join("\n")}</ul>`;
}

function placePage(place: Place): Page {
  return {
    path: `/places/${place.slug}`,
    title: `${place.name}: Antipodes`,
    main: `<h1>${escapeHtml(place.name)}</h1>
<img class="banner" src="/images/${place.slug}.svg" width="640" height="320" alt="The skyline of ${escapeHtml(place.name)}, drawn">
<p>${escapeHtml(place.story)}</p>
<dl>
<dt>Place</dt><dd class="numbers">${coordinatesText(place)}</dd>
<dt>Opposite</dt><dd><span class="numbers">${coordinatesText(antipodeOf(place))}</span>, in ${escapeHtml(place.opposite)}</dd>
<dt>Time zone</dt><dd>${escapeHtml(place.timeZone)}</dd>
<dt>Edge</dt><dd class="numbers">${place.edge}</dd>
</dl>
${ANSWER}`,
  };
}

function journeyPage(): Page {
  return {
    path: "/journey",
    title: "A request’s journey: Antipodes",
    main: `<h1>A request’s journey</h1>
<img class="banner" src="/images/journey.svg" width="640" height="220" alt="You ask the router, the router asks the nearest edge, and only on a miss the edge asks the origin">
<ol>
<li>Your browser asks the <strong>router</strong>. It looks at your address, estimates how long light needs to each edge, and takes the nearest that is healthy.</li>
<li>The <strong>edge</strong> looks for a stored copy. If it has a fresh one it answers at once: a <em>hit</em>.</li>
<li>If not, it asks the <strong>origin</strong>, once, however many people wait for the same page. It sends the bytes on as they come and keeps them for as long as <code>Cache-Control</code> allows.</li>
<li>Every answer says what happened to it in <code>Cache-Status</code>, and how old it is in <code>Age</code>.</li>
</ol>
<h2>Why it matters</h2>
<p>New York and Sydney are about 160 milliseconds apart and back. A new page needs several such turns. Start the CDN with <code>--wan</code> and it adds these delays for real: the first visitor of each edge feels them, the next ones do not.</p>
${ANSWER}`,
  };
}

const EXPERIMENTS = [
  { path: "/", what: "This site’s pages: a minute fresh, half a minute more while they are refreshed" },
  { path: "/images/globe.png", what: "A picture: fresh for a day" },
  { path: "/api/time", what: "JSON that is fresh for five seconds" },
  { path: "/api/places", what: "JSON that is fresh for a minute" },
  { path: "/api/me", what: "Private: never kept by an edge" },
  { path: "/slow", what: "A page that takes the origin two seconds: only the first one waits" },
  { path: "/big.bin", what: "64 MiB: streamed, ranges welcome" },
  { path: "/nothing-here", what: "A page that does not exist" },
] as const;

function tryPage(): Page {
  const rows = EXPERIMENTS.map(
    ({ path, what }, index) => `<tr><td><a href="${path}"><code>${path}</code></a></td><td>${escapeHtml(what)}</td>
<td><button type="button" data-path="${path}" aria-controls="answer-${index}" aria-label="Ask for ${path}" hidden>Ask</button> <output id="answer-${index}"></output></td></tr>`,
  );
  const commands = PLACES.map(
    (place) =>
      `# ${place.name}\ncurl -sD- -o/dev/null -H X-Forwarded-For:${place.clientAddress} localhost:8080 | grep -i ^cache-`,
  );
  return {
    path: "/try",
    title: "Try it: Antipodes",
    main: `<h1>Try it</h1>
<p>Ask twice and compare. A browser has a cache of its own, so an answer may be older than you expect.</p>
<div class="scroll" role="region" aria-label="Experiments" tabindex="0"><table>
<thead><tr><th scope="col">Path</th><th scope="col">What it is</th><th scope="col">Answer</th></tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table></div>
<h2>As somebody elsewhere</h2>
<p>On your own machine the router believes <code>X-Forwarded-For</code>, so you can be anywhere. If the router has another port than 8080, write that one.</p>
<pre tabindex="0"><code>${escapeHtml(commands.join("\n"))}</code></pre>
${ANSWER}`,
  };
}

function slowPage(): Page {
  return {
    path: "/slow",
    title: "Slow: Antipodes",
    main: `<h1>This page took the origin two seconds</h1>
<p>Whoever comes second does not wait: the edge has kept it for a minute. Those who came while it was being made shared the one answer.</p>
${ANSWER}`,
  };
}
