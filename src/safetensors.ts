/** float32 arrays in the safetensors layout (header length, JSON header, bytes), readable from other languages. */
import { complain } from "./errors.ts";

export type NamedArrays = Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export function writeSafetensors(arrays: NamedArrays): Buffer {
  const header: Record<string, Entry> = {};
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(arrays))
    header[name] = { dtype: "F32", shape: [...shape], data_offsets: [end, (end += data.byteLength)] };
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
export function readSafetensors(bytes: Buffer, where: string): NamedArrays {
  try {
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<string, Entry>;
    const entries = Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        if (start + to > bytes.length) throw new RangeError(`cut off at byte ${bytes.length}`);
        const copy = new Uint8Array(bytes.subarray(start + from, start + to));
        return [name, { shape, data: new Float32Array(copy.buffer) }] as const;
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
