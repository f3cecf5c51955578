// Stands for another framework: two recommenders of a made-up shop, each saved at four states of its training.
// Writes shop.csv (user, item) and lists.csv (teacher, state, user, rank, item; rank 1 is the best).
import { writeFileSync } from "node:fs";

const [users, items, tastes] = [120, 60, 4];

let seed = 1;
const uniform = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const bestOf = (score, n) =>
  Array.from({ length: items }, (_, item) => [item, score(item)])
    .sort((a, b) => b[1] - a[1])
    .slice(0, n)
    .map(([item]) => item);

const likes = (user, item) => Number(user % tastes === item % tastes);
const shop = ["user,item"];
for (let user = 0; user < users; user++)
  for (const item of bestOf((item) => likes(user, item) + 1.2 * uniform(), 12))
    shop.push(`u${user},i${item}`);
writeFileSync("shop.csv", `${shop.join("\n")}\n`);

/** Each knows one half of the users well, and the more the later its state. */
const lists = ["teacher,state,user,rank,item"];
for (const [t, teacher] of ["forest", "network"].entries())
  for (let state = 0; state < 4; state++)
    for (let user = 0; user < users; user++) {
      const known = (user % 2 === t ? 0.5 : 0.2) * (state + 1);
      const list = bestOf((item) => known * likes(user, item) + uniform(), 20);
      list.forEach((item, place) => lists.push(`${teacher},${state},u${user},${place + 1},i${item}`));
    }
writeFileSync("lists.csv", `${lists.join("\n")}\n`);
