/** What an origin is told of the parts of a key that the edge makes itself: it cannot answer by what it does not know. */
import type { FieldLine, Fields } from "../http/fields.ts";
import { deviceClass } from "./device-class.ts";
import type { KeyChoice } from "./key.ts";

const NONE: Fields = [];

/** The fields that go with a request whose key holds the device class or the country. */
export function keyFields(fields: Fields, choice: KeyChoice, country: string | undefined): Fields {
  if (!choice.keyDeviceClass && country === undefined) return NONE;
  const told: FieldLine[] = [];
  if (choice.keyDeviceClass) told.push(["x-antipode-device", deviceClass(fields)]);
  if (country !== undefined) told.push(["x-antipode-country", country]);
  return told;
}

/** `kept` and the headers of the key: what tells answers apart reaches the origin, also a name that is denied otherwise. */
export function keptFieldNames(choice: KeyChoice, kept: ReadonlySet<string>): ReadonlySet<string> {
  return choice.keyHeaders.length === 0 ? kept : new Set([...kept, ...choice.keyHeaders]);
}
