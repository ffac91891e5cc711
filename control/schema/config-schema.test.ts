/** The zod schema accepts what compile accepts, one place at a time; the JSON Schema is what zod makes of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problems } from "../../core/config/problems.ts";
import { configShape } from "../../core/config/shapes/config-shape.ts";
import { siteShape } from "../../core/config/shapes/site-shape.ts";
import { CHANGED_CONFIG, FULL_CONFIG } from "../../test/config/config-arbitrary.ts";
import { A_SITE } from "../../test/config/wrong-config.ts";
import { configJsonSchema, configSchema, siteSchema } from "./config-schema.ts";

function shapeAccepts(input: unknown): boolean {
  return configShape.check(input, "", new Problems());
}

describe("the schema", () => {
  it("accepts a config with every key", () => {
    expect(configSchema.safeParse(FULL_CONFIG).error).toBeUndefined();
  });

  it("accepts and refuses the same as the shapes", () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(CHANGED_CONFIG, (input) => {
        const accepted = shapeAccepts(input);
        seen[accepted ? "accepted" : "refused"] += 1;
        expect(configSchema.safeParse(input).success).toBe(accepted);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(20);
  });

  it("accepts and refuses single sites alike", () => {
    for (const site of [A_SITE, { ...A_SITE, host: 1 }, { hosts: ["a"] }, null, []]) {
      expect(siteSchema.safeParse(site).success).toBe(siteShape.check(site, "", new Problems()));
    }
  });

  it("becomes a JSON Schema in which every object refuses unknown keys and keys are explained", () => {
    const schema: unknown = JSON.parse(configJsonSchema());
    expect(schema).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      required: ["sites"],
      additionalProperties: false,
      properties: {
        sites: {
          additionalProperties: {
            required: ["hosts", "origins"],
            additionalProperties: false,
            properties: { profile: { enum: ["safe", "rfc9111"], description: expect.stringContaining("standard") } },
          },
        },
        settings: { properties: { hitForPassSeconds: { type: "integer", minimum: 1, maximum: 3600 } } },
      },
    });
  });
});
