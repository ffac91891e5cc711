/** The frame around every page of the demo site. */

/** The paths of the assets, which carry a hash of their content so that they may be kept for ever. */
export interface AssetPaths {
  readonly style: string;
  readonly script: string;
}

/** One page before it is put into the frame; `main` is HTML of ours. */
export interface Page {
  readonly path: string;
  readonly title: string;
  readonly main: string;
}

const MENU = [
  { path: "/", label: "Home" },
  { path: "/places", label: "Places" },
  { path: "/journey", label: "A request’s journey" },
  { path: "/try", label: "Try it" },
] as const;

/** The whole document. */
export function layout(page: Page, assets: AssetPaths): string {
  const items = MENU.map(({ path, label }) => {
    const current = path === page.path ? ' aria-current="page"' : "";
    return `<li><a href="${path}"${current}>${label}</a></li>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
<link rel="stylesheet" href="${assets.style}">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<script type="module" src="${assets.script}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<a class="name" href="/">Antipodes</a>
<nav aria-label="Pages"><ul>${items.join("")}</ul></nav>
</header>
<main id="main">
${page.main}
</main>
<footer class="quiet">
<p>A demo origin. Everything here is served by a small program and nothing is loaded from elsewhere.</p>
</footer>
</body>
</html>
`;
}

/** Text made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
