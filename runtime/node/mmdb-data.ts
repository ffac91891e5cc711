/** Values of a MaxMind DB file (format 2.0, data section): maps, texts, numbers, and pointers to others of them. */

/** A value as it is read. */
export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly MmdbValue[]
  | ReadonlyMap<string, MmdbValue>;

/** Values in values. Those of a good file have less than ten; a damaged one may point to itself. */
const DEPTH_MAX = 32;
/** Members of one map or list, and values in one record: a record that says more is damaged. */
const SIZE_MAX = 10_000;
const VALUES_MAX = 50_000;
const POINTER_BASES = [0, 2_048, 526_336, 0] as const;
const SIZE_BASES = [29, 285, 65_821] as const;

/** Reads values from a part of the file. Throws a `RangeError` where the file is damaged. */
export class MmdbData {
  readonly #bytes: Buffer;
  readonly #start: number;
  #left = VALUES_MAX;

  /** `start`: where the data section begins; pointers count from there. */
  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  /** The value at an offset from the beginning of the file. */
  valueAt(offset: number): MmdbValue {
    this.#left = VALUES_MAX;
    return this.#value(offset, 0).value;
  }

  #value(offset: number, depth: number): { readonly value: MmdbValue; readonly end: number } {
    this.#left -= 1;
    if (depth > DEPTH_MAX || this.#left < 0) throw new RangeError("the file points to itself");
    const control = this.#bytes.readUInt8(offset);
    if (control >> 5 === 1) return this.#pointed(control, offset + 1, depth);
    const isExtended = control >> 5 === 0;
    const type = isExtended ? 7 + this.#bytes.readUInt8(offset + 1) : control >> 5;
    const { size, at } = this.#sizeOf(control & 0x1f, offset + (isExtended ? 2 : 1));
    return this.#typed(type, { at, size, depth });
  }

  #pointed(control: number, at: number, depth: number): { readonly value: MmdbValue; readonly end: number } {
    const kind = (control >> 3) & 3;
    const high = kind === 3 ? 0 : (control & 7) * 2 ** (8 * (kind + 1));
    const target = high + this.#bytes.readUIntBE(at, kind + 1) + (POINTER_BASES[kind] ?? 0);
    return { value: this.#value(this.#start + target, depth + 1).value, end: at + kind + 1 };
  }

  #sizeOf(short: number, at: number): { readonly size: number; readonly at: number } {
    if (short < 29) return { size: short, at };
    const more = short - 28;
    return { size: (SIZE_BASES[more - 1] ?? 0) + this.#bytes.readUIntBE(at, more), at: at + more };
  }

  #typed(
    type: number,
    { at, size, depth }: { readonly at: number; readonly size: number; readonly depth: number },
  ): { readonly value: MmdbValue; readonly end: number } {
    const end = at + size;
    if (type === 7 || type === 11) return this.#members(type === 7, at, size, depth);
    if (type === 14) return { value: size !== 0, end: at };
    if (end > this.#bytes.length) throw new RangeError("the file ends within a value");
    if (type === 2) return { value: this.#bytes.toString("utf8", at, end), end };
    if (type === 3 && size === 8) return { value: this.#bytes.readDoubleBE(at), end };
    if (type === 15 && size === 4) return { value: this.#bytes.readFloatBE(at), end };
    if (type === 4) return { value: this.#bytes.subarray(at, end), end };
    if ((type === 5 || type === 6) && size <= 4)
      return { value: size === 0 ? 0 : this.#bytes.readUIntBE(at, size), end };
    if (type === 8 && size <= 4) return { value: this.#int32(at, size), end };
    if ((type === 9 || type === 10) && size <= 16)
      return { value: BigInt(`0x0${this.#bytes.toString("hex", at, end)}`), end };
    throw new RangeError(`there is no type ${type} of ${size} bytes`);
  }

  #int32(at: number, size: number): number {
    const value = size === 0 ? 0 : this.#bytes.readUIntBE(at, size);
    return size === 4 ? value | 0 : value;
  }

  #members(
    isMap: boolean,
    at: number,
    size: number,
    depth: number,
  ): { readonly value: MmdbValue; readonly end: number } {
    if (size > SIZE_MAX) throw new RangeError(`${size} members`);
    const map = new Map<string, MmdbValue>();
    const list: MmdbValue[] = [];
    let end = at;
    for (let member = 0; member < size; member += 1) {
      const first = this.#value(end, depth + 1);
      end = first.end;
      if (!isMap) list.push(first.value);
      else {
        const second = this.#value(end, depth + 1);
        end = second.end;
        map.set(String(first.value), second.value);
      }
    }
    return { value: isMap ? map : list, end };
  }
}
