/** A zod schema from a description of the config's shapes, so that both accept the same (`core/config/shapes`). */
import { z } from "zod";
import type { Setting } from "../../core/config/settings/setting.ts";
import { SETTINGS } from "../../core/config/settings.ts";
import type { Description, ObjectDescription, TextDescription } from "../../core/config/shapes/shape.ts";

/** Makes the schema. Descriptions of keys become those of JSON Schema, which editors show. */
export function zodOf(description: Description): z.ZodType {
  switch (description.kind) {
    case "text":
      return textOf(description);
    case "choice":
      return z.literal([...description.choices]);
    case "number":
      return numberOf(description);
    case "flag":
      return z.boolean();
    case "list":
      return z.array(zodOf(description.of)).min(description.minItems).max(description.maxItems);
    case "pair":
      return z.tuple([zodOf(description.of[0]), zodOf(description.of[1])]);
    case "object":
      return objectOf(description);
    case "map":
      return z
        .record(textOf(description.keys), zodOf(description.of))
        .refine((value) => Object.keys(value).length <= description.maxItems, "too many")
        .refine((value) => Object.keys(value).length >= description.minItems, "empty");
    case "either":
      return z.union(description.options.map(zodOf));
    case "settings":
      return z.strictObject(Object.fromEntries(Object.entries(SETTINGS).map(([name, row]) => [name, settingOf(row)])));
    case "anything":
      return z.unknown();
  }
}

function textOf({ maxLength, problem }: TextDescription): z.ZodString {
  return z
    .string()
    .max(maxLength)
    .superRefine((value, context) => {
      const found = value.length > maxLength ? undefined : problem(value);
      if (found !== undefined) context.addIssue({ code: "custom", message: found.message });
    });
}

function numberOf(bounds: { readonly whole: boolean; readonly min: number; readonly max: number }): z.ZodNumber {
  const number = z.number().min(bounds.min).max(bounds.max);
  return bounds.whole ? number.int() : number;
}

function settingOf({ min, max, fraction, about, default: byDefault }: Setting): z.ZodType {
  return numberOf({ whole: fraction !== true, min, max })
    .optional()
    .describe(`${about} Default: ${byDefault}.`);
}

function objectOf({ keys, together }: ObjectDescription): z.ZodType {
  const fields = Object.entries(keys).map(([name, key]) => {
    const schema = key.required ? zodOf(key.of) : zodOf(key.of).optional();
    const byDefault = key.default === undefined ? "" : ` Default: ${key.default}.`;
    return [name, schema.describe(`${key.about}${byDefault}`)] as const;
  });
  const schema = z.strictObject(Object.fromEntries(fields));
  if (together === undefined) return schema;
  return schema.superRefine((value, context) => {
    for (const { message } of together(value)) context.addIssue({ code: "custom", message });
  });
}
