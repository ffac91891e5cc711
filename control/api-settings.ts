/** The fleet's settings: what differs from the defaults stands in the ledger, and nodes and control follow it. */
import type { Problem } from "../core/config/problems.ts";
import { isSettingName, parseSettings } from "../core/config/settings.ts";
import { positionText } from "../core/ledger/position.ts";
import { isMembers, type Members } from "../core/ledger/read-json.ts";
import { type AddRoutes, type Answer, type ApiParts, as, jsonBody } from "./api.ts";
import { type ApiProblem, badRequest } from "./problem.ts";
import type { Principal } from "./secrets.ts";

/** The routes. */
export const settingRoutes: AddRoutes = (app, parts) => {
  app.get("/v1/settings", (context) =>
    as(context, parts, ["read"], () =>
      context.json({ changed: parts.ledger.snapshot.settings, settings: parts.settings }),
    ),
  );
  app.patch("/v1/settings", (context) =>
    as(context, parts, ["admin"], async (principal) => {
      const body = await jsonBody(context, parts.settings.apiBodyMaxBytes);
      if ("problem" in body) return body;
      if (!isMembers(body.value) || Object.keys(body.value).length === 0)
        return {
          problem: badRequest("", "expected settings by name", '{"heartbeatIntervalMs": 1000}; null: the default'),
        };
      return await change(parts, principal, body.value);
    }),
  );
};

/** Each name by itself, on the newest state: two writers of different settings do not undo each other's. */
async function change({ ledger, clock }: ApiParts, principal: Principal, wanted: Members): Promise<Answer> {
  let changed: Readonly<Record<string, number>> = {};
  const written = await ledger.write<ApiProblem>(({ settings }) => {
    const merged = new Map<string, unknown>(Object.entries(settings));
    for (const [name, value] of Object.entries(wanted)) {
      if (value === null && isSettingName(name)) merged.delete(name);
      else merged.set(name, value);
    }
    const parsed = parseSettings(Object.fromEntries(merged), "");
    if (parsed.kind === "problems") return { kind: "refuse", refusal: notGood(parsed.problems) };
    changed = numbersOf(merged);
    const isSame = JSON.stringify(sorted(changed)) === JSON.stringify(sorted(settings));
    const draft = { at: clock.nowMs(), author: principal.id, kind: "setting", payload: { settings: changed } } as const;
    return { kind: "write", drafts: isSame ? [] : [draft] };
  });
  if (written.kind === "refused") return { problem: written.refusal };
  return Response.json({ changed, position: positionText(written.position) });
}

function numbersOf(values: ReadonlyMap<string, unknown>): Readonly<Record<string, number>> {
  const numbers = new Map<string, number>();
  for (const [name, value] of values) if (typeof value === "number") numbers.set(name, value);
  return Object.fromEntries(numbers);
}

function sorted(settings: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(settings).sort(([one], [other]) => (one < other ? -1 : 1));
}

function notGood(problems: readonly Problem[]): ApiProblem {
  return {
    status: 422,
    title: "The settings are not good",
    detail: problems.map(({ path, message }) => `${path}: ${message}`).join("; "),
    problems,
  };
}
