/** The config as zod schemas, for the API, and as JSON Schema, for editors. */
import { z } from "zod";
import { configShape } from "../../core/config/shapes/config-shape.ts";
import { siteShape } from "../../core/config/shapes/site-shape.ts";
import { zodOf } from "./zod-of.ts";

/** The whole file. */
export const configSchema = zodOf(configShape.description);

/** One site, as `PUT /v1/sites/:name` takes it. */
export const siteSchema = zodOf(siteShape.description);

/** The name of the published JSON Schema, in the root of the package. */
export const CONFIG_SCHEMA_FILE = "antipode.config.schema.json";

/** The text of the published JSON Schema. Editors know draft 7 best. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { target: "draft-7", io: "input" });
  const titled = {
    title: "antipode.config",
    description: "The config file of an Antipode. See docs/config.md.",
    ...schema,
  };
  return `${JSON.stringify(titled, undefined, 2).replace(SCALARS, onOneLine)}\n`;
}

/** Lists of words or numbers, which the formatter of the project keeps on one line. */
const SCALARS = /\[\s+(?:"\w[\w-]*"|\d+)(?:,\s+(?:"\w[\w-]*"|\d+))*\s+\]/g;

function onOneLine(list: string): string {
  return list.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]");
}
