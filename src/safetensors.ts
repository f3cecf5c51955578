/** Arrays in the safetensors layout (header length, JSON header, bytes), readable from other languages. */
import { complain } from "./errors.ts";

/** Arrays by name, of float32 unless said. */
export type NamedArrays<A extends Numbers = Float32Array> = Record<
  string,
  { readonly shape: readonly number[]; readonly data: A }
>;

type Numbers = Float32Array | Int32Array;

const kinds = { F32: Float32Array, I32: Int32Array } as const;

interface Entry {
  dtype: keyof typeof kinds;
  shape: number[];
  data_offsets: [number, number];
}

export function writeSafetensors(arrays: NamedArrays<Numbers>): Buffer {
  const header: Record<string, Entry> = {};
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(arrays))
    header[name] = {
      dtype: data instanceof Float32Array ? "F32" : "I32",
      shape: [...shape],
      data_offsets: [end, (end += data.byteLength)],
    };
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const parts = Object.values(arrays).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  return Buffer.concat([length, text, ...parts]);
}

/** @throws UserError "input" when the bytes are cut off or something else. */
export function readSafetensors(bytes: Buffer, where: string): NamedArrays<Numbers> {
  try {
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<string, Entry>;
    const entries = Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        if (!Object.hasOwn(kinds, dtype)) throw new TypeError(`numbers of the type ${dtype}`);
        if (start + to > bytes.length) throw new RangeError(`cut off at byte ${bytes.length}`);
        const copy = new Uint8Array(bytes.subarray(start + from, start + to));
        return [name, { shape, data: new kinds[dtype](copy.buffer) }] as const;
      },
    );
    return Object.fromEntries(entries);
  } catch (error) {
    throw complain(
      "input",
      {
        where,
        expected: "a whole safetensors file",
        got: error instanceof Error ? error.message : String(error),
        fix: "Make it again",
      },
      { cause: error },
    );
  }
}
