/** What a rule may hold. */
import type { RuleConfig } from "../rule-types.ts";
import { captureCount, highestCapture, redirectProblem, rewriteProblem } from "../target-template.ts";
import { corsShape, developmentShape, errorPagesShape, headerEditsShape, maintenanceShape } from "./action-shapes.ts";
import { ruleCacheShape } from "./cache-shape.ts";
import { matchShape } from "./match-shape.ts";
import { object, together } from "./object.ts";
import type { KeyProblem } from "./shape.ts";
import { choice, flag, text } from "./values.ts";

const redirectShape = object<Exclude<RuleConfig["redirect"], undefined>>("a redirect", {
  to: {
    shape: text("a path or URL", redirectProblem),
    required: true,
    about:
      "A path or a whole URL. `$1` to `$9` stand for what the wildcards of the path that matched stood for (`?` is not counted).",
  },
  status: { shape: choice(301, 302, 303, 307, 308), default: "302", about: "The status of the answer." },
  keepQuery: { shape: flag, default: "true", about: "Whether the query of the request is appended." },
});

const rewriteShape = object<Exclude<RuleConfig["rewrite"], undefined>>("a rewrite", {
  path: {
    shape: text("a path", rewriteProblem),
    required: true,
    about: "The new path; `$1` to `$9` as for redirects. Rules are matched against the path of the request, once.",
  },
});

/** A rule. */
export const ruleShape = object<RuleConfig>(
  "a rule",
  {
    name: { shape: text("a name", undefined, 100), about: "Shown where a decision is explained." },
    match: {
      shape: matchShape,
      required: true,
      about: "For which requests. All keys that are given must hold; `{}` is every request.",
    },
    cache: { shape: ruleCacheShape, about: "Caching for these requests: every key of the site's `cache`, and `mode`." },
    requestHeaders: { shape: headerEditsShape, about: "Changes what the origin gets." },
    responseHeaders: { shape: headerEditsShape, about: "Changes what the client gets. What is stored is not changed." },
    redirect: { shape: redirectShape, about: "Answers with a redirect. The origin is not asked." },
    rewrite: { shape: rewriteShape, about: "Another path, for the key and the origin. The query stays." },
    cors: { shape: corsShape, about: "Answers preflights and adds the headers that let pages of other sites read." },
    errorPages: {
      shape: errorPagesShape,
      about:
        'Pages instead of errors, by status or class such as `"5xx"`: the origin\'s errors, and ours when it fails.',
    },
    maintenance: {
      shape: maintenanceShape,
      about: "Closes the site: a page with status 503. `false` makes an exception.",
    },
    development: {
      shape: developmentShape,
      about: "Keeps everything away from the cache for a while, so that changes are seen at once.",
    },
  },
  [
    together(["match", "redirect"], (rule: Pick<RuleConfig, "match" | "redirect">) =>
      captureProblems("redirect.to", rule.redirect?.to, rule.match.paths),
    ),
    together(["match", "rewrite"], (rule: Pick<RuleConfig, "match" | "rewrite">) =>
      captureProblems("rewrite.path", rule.rewrite?.path, rule.match.paths),
    ),
  ],
);

/** Every path that can match must have as many wildcards as are referred to. */
function captureProblems(
  at: string,
  template: string | undefined,
  paths: readonly string[] | undefined,
): readonly KeyProblem[] {
  const highest = template === undefined ? 0 : highestCapture(template);
  if (highest === 0) return [];
  const hint = "each $n stands for the n-th * or ** of match.paths";
  if (paths === undefined) return [{ at, message: `$${highest} stands for nothing: match has no paths`, hint }];
  const short = paths.find((path) => captureCount(path) < highest);
  if (short === undefined) return [];
  return [{ at, message: `$${highest} stands for nothing: ${JSON.stringify(short)} has fewer wildcards`, hint }];
}
