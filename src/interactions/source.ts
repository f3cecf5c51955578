import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { complain } from "../errors.ts";

/** A file of interactions, ready to be read. */
export interface Source {
  /** As the user named it. */
  readonly shown: string;
  /** The plain file: the same, or its unpacked copy. */
  readonly path: string;
  /** Of the file as it was given, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Checks and hashes a file, and unpacks it where its name ends in .gz.
 * @param scratch an existing folder for the unpacked copy.
 * @throws UserError "not-found" or "input": absent, not a file, unreadable, empty, not gzip.
 */
export async function openSource(file: string, scratch: string): Promise<Source> {
  await refuseUnreadable(file);
  const sha256 = await hashFile(file);
  const path = file.endsWith(".gz") ? await unpack(file, join(scratch, "unpacked")) : file;
  if ((await stat(path)).size === 0) throw bad(file, "rows", "an empty file", "Name a file with rows");
  return { shown: file, path, sha256 };
}

/** @returns the file's name without .gz, in lower case: what its format can be told from. */
export function plainName(file: string): string {
  return file.toLowerCase().replace(/\.gz$/, "");
}

/** @returns the first complete lines of the file, out of its first 64 KiB. */
export async function firstLines(source: Source): Promise<string[]> {
  const handle = await open(source.path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const lines = buffer
      .toString("utf8", 0, bytesRead)
      .replace(/^\uFEFF/, "")
      .split(/\r\n|\n|\r/);
    return lines.length > 1 ? lines.slice(0, -1) : lines;
  } finally {
    await handle.close();
  }
}

async function refuseUnreadable(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found === null) {
    const got = "nothing of that name";
    throw complain("not-found", { where: file, expected: "a file", got, fix: "Check the path" });
  }
  if (!found.isFile()) throw bad(file, "a file", "a folder or device", "Name the file itself");
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    const fix = "Check its permissions";
    throw bad(file, "a readable file", error instanceof Error ? error.message : String(error), fix);
  }
  return hash.digest("hex");
}

async function unpack(file: string, target: string): Promise<string> {
  try {
    await pipeline(createReadStream(file), createGunzip(), createWriteStream(target));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "Z_DATA_ERROR") {
      throw bad(file, "gzip data", `other bytes (${message})`, "Rename it without .gz or fetch it again");
    }
    if (code === "Z_BUF_ERROR") {
      throw bad(file, "complete gzip data", "a truncated file", "Fetch it again");
    }
    throw error;
  }
  return target;
}

function bad(where: string, expected: string, got: string, fix: string): Error {
  return complain("input", { where, expected, got, fix });
}
