import { afterEach, beforeEach, expect, test } from "vitest";
import { datasetFromLists, makeVocabulary, row } from "../../../src/dataset/index.ts";
import { drive } from "../../../src/events.ts";
import { createApp, listen } from "../../../src/serve/index.ts";
import { openListSignal } from "../../../src/signals/index.ts";
import { bundleTeacher, probe, type Teacher } from "../../../src/teachers/index.ts";
import { CornerShop } from "../serve/shop.ts";
import { freshFolder, potstillAt, probeOptions } from "./shop.ts";

const dataset = {
  ...datasetFromLists([
    [0, 1, 2, 3, 4],
    [5, 4, 3, 2, 1],
    [2, 4, 0, 1, 3],
  ]),
  items: makeVocabulary(["10", "20", "30", "40", "50", "60"]),
};

let folder: ReturnType<typeof freshFolder>;
beforeEach(() => (folder = freshFolder()));
afterEach(() => folder.remove());

const signalOf = async (teacher: Teacher, name: string) => {
  const out = `${folder.path}-${name}`;
  await drive(probe(probeOptions(dataset, teacher, out, { k: 3 })));
  return openListSignal(out, dataset);
};

test("a bundle asked here and the same bundle asked over HTTP say the same", async () => {
  const local = await signalOf(bundleTeacher(new CornerShop()), "local");
  const app = createApp(new CornerShop());
  const remote = await potstillAt(await listen(app, "127.0.0.1", 0));
  try {
    const overHttp = await signalOf(remote, "remote");
    expect(overHttp.manifest.hash).toBe(local.manifest.hash);
    expect(overHttp.manifest.teacher.version).toBe("0123456789ab");
  } finally {
    await remote.close();
    await app.close();
  }
});

test("items of the history are left out and the nearest come first", async () => {
  const signal = await signalOf(bundleTeacher(new CornerShop()), "local");
  const full = signal.view.findIndex((view, q) => view === "full" && signal.user[q] === 0);
  expect([...row(signal.lists, full)]).toEqual([3, 4, 5]); // the history is 0, 1, 2
});

test("histories are asked in batches", async () => {
  const shop = new CornerShop();
  await signalOf(bundleTeacher(shop), "batched");
  expect(shop.calls).toEqual([6]);
});

test("a bundle of other data is told apart, one of this data is not", async () => {
  const told = async (hash: string): Promise<string[]> => {
    const notices: string[] = [];
    const teacher = { ...bundleTeacher(new CornerShop()), dataset: { name: "by hand", hash } };
    await drive(probe(probeOptions(dataset, teacher, `${folder.path}-${hash}`, { k: 3 })), (event) => {
      if (event.type === "notice") notices.push(event.message);
    });
    return notices;
  };
  expect(bundleTeacher(new CornerShop()).dataset).toEqual({ name: "by hand", hash: "0" });
  expect(await told("0")).toEqual([
    expect.stringMatching(
      /^The teacher was trained on other data: by hand \(0\), not .*equal ids mean equal items/,
    ),
  ]);
  expect(await told(dataset.manifest.hash)).toEqual([]);
});
