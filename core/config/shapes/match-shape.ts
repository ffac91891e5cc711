/** What `match` of a rule may hold. */
import { GLOB_MAX_LENGTH } from "../glob.ts";
import type { ConditionTest, MatchConfig } from "../rule-types.ts";
import { headerNameText, hostPatternText, methodText, pathGlobText, plainNameText } from "./formats.ts";
import { either, object, together } from "./object.ts";
import { flag, list, map, text } from "./values.ts";

const valueText = text("a text", undefined, 1024);

const conditionTest = object<ConditionTest>(
  "a condition",
  {
    equals: { shape: valueText, about: "The value is this." },
    prefix: { shape: valueText, about: "The value begins with this." },
    contains: { shape: valueText, about: "The value has this in it." },
    glob: {
      shape: text("a glob", undefined, GLOB_MAX_LENGTH),
      about: "The value matches this; `*` ends at `/`, `**` does not.",
    },
    present: { shape: flag, about: "`true`: it is there, whatever its value. `false`: it is not." },
  },
  [
    together(["equals", "prefix", "contains", "glob", "present"], (test: ConditionTest) =>
      Object.values(test).filter((value) => value !== undefined).length === 1
        ? []
        : [{ at: "", message: "a condition has exactly one of equals, prefix, contains, glob and present" }],
    ),
  ],
);

const condition = either(valueText, conditionTest);
const bounds = { minItems: 1, maxItems: 20 };

/** `match`. */
export const matchShape = object<MatchConfig>("a match", {
  hosts: {
    shape: list(hostPatternText, { minItems: 1, maxItems: 100 }),
    about: "Host names, as in the site's `hosts`.",
  },
  paths: {
    shape: list(pathGlobText, { minItems: 1, maxItems: 100 }),
    about:
      "Globs for the path without its query: `*` is any characters of one segment, `**` any characters, `?` one character. Case counts.",
  },
  notPaths: {
    shape: list(pathGlobText, { minItems: 1, maxItems: 100 }),
    about: "Paths for which the rule does not hold, even when `paths` matches.",
  },
  methods: { shape: list(methodText, { minItems: 1, maxItems: 20 }), about: "Methods. GET does not include HEAD." },
  headers: {
    shape: map(headerNameText, condition, bounds),
    about: "Request headers: a text for equality, or a condition. Lines of one name are joined by a comma.",
  },
  query: {
    shape: map(plainNameText("a parameter name"), condition, bounds),
    about: "Query parameters, compared as they stand in the URL. Of several with one name the first counts.",
  },
  cookies: { shape: map(plainNameText("a cookie name"), condition, bounds), about: "Cookies of the request." },
});
