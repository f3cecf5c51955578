/** Vectors that another framework trained: a .npy file, or a Parquet file of numbers or lists. */
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { parse } from "npyjs";
import { complain } from "../errors.ts";
import { foundInstead } from "../files.ts";
import { Database, literal } from "../interactions/index.ts";
import type { Vectors } from "./factors.ts";

/**
 * Reads one row per user or item, in the order of the dataset's indices.
 * @throws UserError "input" that names the file and what is wrong with it.
 */
export async function readVectors(file: string): Promise<Vectors> {
  try {
    return file.endsWith(".parquet") ? await fromParquet(file) : await fromNpy(file);
  } catch (error) {
    if (error instanceof Error && error.name === "UserError") throw error;
    if (error instanceof Error && "code" in error) throw notVectors(file, foundInstead(error));
    throw notVectors(
      file,
      `a damaged file (${error instanceof Error ? error.message.split("\n")[0]! : String(error)})`,
    );
  }
}

async function fromNpy(file: string): Promise<Vectors> {
  const bytes = await readFile(file);
  const { data, shape, fortranOrder } = parse(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
  if (shape.length !== 2) throw notVectors(file, `an array of ${shape.length} axes`);
  if (fortranOrder) throw notVectors(file, "an array in Fortran order");
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    throw notVectors(file, "no real numbers");
  if (shape.includes(0) || data.length !== shape[0]! * shape[1]!)
    throw notVectors(file, `${data.length} numbers for ${shape.join(" x ")}`);
  return { width: shape[1]!, data: Float32Array.from(data) };
}

async function fromParquet(file: string): Promise<Vectors> {
  const db = await Database.open(tmpdir());
  try {
    const rows = await db.rows(`FROM read_parquet(${literal(file)})`);
    const vectors = rows.map((row) => Object.values(row).flatMap(numbersOf));
    const width = vectors[0]?.length ?? 0;
    const odd = vectors.findIndex((v) => v.length !== width || v.some(Number.isNaN));
    if (width === 0 || odd >= 0)
      throw notVectors(file, `row ${Math.max(0, odd)} of another width or not of numbers`);
    return { width, data: Float32Array.from(vectors.flat()) };
  } finally {
    db.close();
  }
}

const numbersOf = (cell: unknown): number[] => (Array.isArray(cell) ? cell.map(Number) : [Number(cell)]);

const notVectors = (where: string, got: string) =>
  complain("input", {
    where,
    expected: "a matrix of float32 or float64 in C order (.npy), or rows of numbers (.parquet)",
    got,
    fix: "Save it with numpy.save(file, numpy.ascontiguousarray(array, 'float32')), a row per user or item",
  });
