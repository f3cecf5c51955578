/**
 * Adam over a run of numbers, in float32; the formula stands in src/optim/optim.ts.
 * m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, w -= step m / (sqrt(v) correction + epsilon) + decoupled w,
 * with g = scale g + coupled w.
 */
export function adam(
  w: usize,
  m: usize,
  v: usize,
  g: usize,
  n: i32,
  beta1: f64,
  beta2: f64,
  scale: f32,
  coupled: f32,
  decoupled: f32,
  step: f32,
  correction: f32,
  epsilon: f32,
): void {
  const keep1 = f32x4.splat(<f32>beta1);
  const take1 = f32x4.splat(<f32>(1 - beta1));
  const keep2 = f32x4.splat(<f32>beta2);
  const take2 = f32x4.splat(<f32>(1 - beta2));
  const bytes = (<usize>n) << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const wi = v128.load(w + at);
    const gi = f32x4.add(
      f32x4.mul(f32x4.splat(scale), v128.load(g + at)),
      f32x4.mul(f32x4.splat(coupled), wi),
    );
    const mi = f32x4.add(f32x4.mul(keep1, v128.load(m + at)), f32x4.mul(take1, gi));
    const vi = f32x4.add(f32x4.mul(keep2, v128.load(v + at)), f32x4.mul(take2, f32x4.mul(gi, gi)));
    v128.store(m + at, mi);
    v128.store(v + at, vi);
    const down = f32x4.add(f32x4.mul(f32x4.sqrt(vi), f32x4.splat(correction)), f32x4.splat(epsilon));
    const move = f32x4.add(
      f32x4.div(f32x4.mul(f32x4.splat(step), mi), down),
      f32x4.mul(f32x4.splat(decoupled), wi),
    );
    v128.store(w + at, f32x4.sub(wi, move));
  }
  for (; at < bytes; at += 4) {
    const wi = load<f32>(w + at);
    const gi: f32 = scale * load<f32>(g + at) + coupled * wi;
    const mi: f32 = <f32>beta1 * load<f32>(m + at) + <f32>(1 - beta1) * gi;
    const vi: f32 = <f32>beta2 * load<f32>(v + at) + <f32>(1 - beta2) * (gi * gi);
    store<f32>(m + at, mi);
    store<f32>(v + at, vi);
    store<f32>(w + at, wi - ((step * mi) / (sqrt<f32>(vi) * correction + epsilon) + decoupled * wi));
  }
}

/** {@link adam} for n rows of a table, given by their numbers (i32), whose gradients become zero again. */
export function adamRows(
  w: usize,
  m: usize,
  v: usize,
  g: usize,
  width: i32,
  rows: usize,
  n: i32,
  beta1: f64,
  beta2: f64,
  scale: f32,
  coupled: f32,
  decoupled: f32,
  step: f32,
  correction: f32,
  epsilon: f32,
): void {
  const bytes = (<usize>width) << 2;
  for (let i = 0; i < n; i++) {
    const at = <usize>load<i32>(rows + ((<usize>i) << 2)) * bytes;
    adam(
      w + at,
      m + at,
      v + at,
      g + at,
      width,
      beta1,
      beta2,
      scale,
      coupled,
      decoupled,
      step,
      correction,
      epsilon,
    );
    memory.fill(g + at, 0, bytes);
  }
}

/**
 * The same steps for rows whose gradient was zero in each of them, all missed steps at once while a row is at hand: those
 * after the one a row is up to date with, up to and with `to`. `steps`, `corrections` and `decays` hold what
 * {@link adam} takes (the last as `decoupled`), one per step from step `first` on.
 * @param rows [n] i32 @param last i32 per row of the table, becomes `to`
 */
export function adamIdleRows(
  w: usize,
  m: usize,
  v: usize,
  width: i32,
  rows: usize,
  n: i32,
  last: usize,
  to: i32,
  beta1: f64,
  beta2: f64,
  coupled: f32,
  steps: usize,
  corrections: usize,
  decays: usize,
  first: i32,
  epsilon: f32,
): void {
  const bytes = (<usize>width) << 2;
  const end = (<usize>(to + 1 - first)) << 2;
  for (let i = 0; i < n; i++) {
    const row = <usize>load<i32>(rows + ((<usize>i) << 2));
    const from = (<usize>(load<i32>(last + (row << 2)) + 1 - first)) << 2;
    store<i32>(last + (row << 2), to);
    let at = row * bytes;
    const stop = at + bytes;
    for (; at + 64 <= stop; at += 64)
      idle16(w + at, m + at, v + at, beta1, beta2, coupled, steps, corrections, decays, from, end, epsilon);
    for (; at + 16 <= stop; at += 16)
      idle4(w + at, m + at, v + at, beta1, beta2, coupled, steps, corrections, decays, from, end, epsilon);
    for (; at < stop; at += 4)
      idle1(w + at, m + at, v + at, beta1, beta2, coupled, steps, corrections, decays, from, end, epsilon);
  }
}

/** Sixteen numbers: one step waits for the one before, so that four vectors take turns. */
function idle16(
  w: usize,
  m: usize,
  v: usize,
  beta1: f64,
  beta2: f64,
  coupled: f32,
  steps: usize,
  corrections: usize,
  decays: usize,
  from: usize,
  end: usize,
  epsilon: f32,
): void {
  const keep1 = f32x4.splat(<f32>beta1);
  const take1 = f32x4.splat(<f32>(1 - beta1));
  const keep2 = f32x4.splat(<f32>beta2);
  const take2 = f32x4.splat(<f32>(1 - beta2));
  const couple = f32x4.splat(coupled);
  const small = f32x4.splat(epsilon);
  let wa = v128.load(w);
  let wb = v128.load(w, 16);
  let wc = v128.load(w, 32);
  let wd = v128.load(w, 48);
  let ma = v128.load(m);
  let mb = v128.load(m, 16);
  let mc = v128.load(m, 32);
  let md = v128.load(m, 48);
  let va = v128.load(v);
  let vb = v128.load(v, 16);
  let vc = v128.load(v, 32);
  let vd = v128.load(v, 48);
  for (let s = from; s < end; s += 4) {
    const ga = f32x4.mul(couple, wa);
    const gb = f32x4.mul(couple, wb);
    const gc = f32x4.mul(couple, wc);
    const gd = f32x4.mul(couple, wd);
    ma = f32x4.add(f32x4.mul(keep1, ma), f32x4.mul(take1, ga));
    mb = f32x4.add(f32x4.mul(keep1, mb), f32x4.mul(take1, gb));
    mc = f32x4.add(f32x4.mul(keep1, mc), f32x4.mul(take1, gc));
    md = f32x4.add(f32x4.mul(keep1, md), f32x4.mul(take1, gd));
    va = f32x4.add(f32x4.mul(keep2, va), f32x4.mul(take2, f32x4.mul(ga, ga)));
    vb = f32x4.add(f32x4.mul(keep2, vb), f32x4.mul(take2, f32x4.mul(gb, gb)));
    vc = f32x4.add(f32x4.mul(keep2, vc), f32x4.mul(take2, f32x4.mul(gc, gc)));
    vd = f32x4.add(f32x4.mul(keep2, vd), f32x4.mul(take2, f32x4.mul(gd, gd)));
    const step = v128.load32_splat(steps + s);
    const correction = v128.load32_splat(corrections + s);
    const decay = v128.load32_splat(decays + s);
    const da = f32x4.add(f32x4.mul(f32x4.sqrt(va), correction), small);
    wa = f32x4.sub(wa, f32x4.add(f32x4.div(f32x4.mul(step, ma), da), f32x4.mul(decay, wa)));
    const db = f32x4.add(f32x4.mul(f32x4.sqrt(vb), correction), small);
    wb = f32x4.sub(wb, f32x4.add(f32x4.div(f32x4.mul(step, mb), db), f32x4.mul(decay, wb)));
    const dc = f32x4.add(f32x4.mul(f32x4.sqrt(vc), correction), small);
    wc = f32x4.sub(wc, f32x4.add(f32x4.div(f32x4.mul(step, mc), dc), f32x4.mul(decay, wc)));
    const dd = f32x4.add(f32x4.mul(f32x4.sqrt(vd), correction), small);
    wd = f32x4.sub(wd, f32x4.add(f32x4.div(f32x4.mul(step, md), dd), f32x4.mul(decay, wd)));
  }
  v128.store(w, wa);
  v128.store(w, wb, 16);
  v128.store(w, wc, 32);
  v128.store(w, wd, 48);
  v128.store(m, ma);
  v128.store(m, mb, 16);
  v128.store(m, mc, 32);
  v128.store(m, md, 48);
  v128.store(v, va);
  v128.store(v, vb, 16);
  v128.store(v, vc, 32);
  v128.store(v, vd, 48);
}

function idle4(
  w: usize,
  m: usize,
  v: usize,
  beta1: f64,
  beta2: f64,
  coupled: f32,
  steps: usize,
  corrections: usize,
  decays: usize,
  from: usize,
  end: usize,
  epsilon: f32,
): void {
  const keep1 = f32x4.splat(<f32>beta1);
  const take1 = f32x4.splat(<f32>(1 - beta1));
  const keep2 = f32x4.splat(<f32>beta2);
  const take2 = f32x4.splat(<f32>(1 - beta2));
  const couple = f32x4.splat(coupled);
  const small = f32x4.splat(epsilon);
  let wi = v128.load(w);
  let mi = v128.load(m);
  let vi = v128.load(v);
  for (let s = from; s < end; s += 4) {
    const gi = f32x4.mul(couple, wi);
    mi = f32x4.add(f32x4.mul(keep1, mi), f32x4.mul(take1, gi));
    vi = f32x4.add(f32x4.mul(keep2, vi), f32x4.mul(take2, f32x4.mul(gi, gi)));
    const step = v128.load32_splat(steps + s);
    const correction = v128.load32_splat(corrections + s);
    const decay = v128.load32_splat(decays + s);
    const down = f32x4.add(f32x4.mul(f32x4.sqrt(vi), correction), small);
    wi = f32x4.sub(wi, f32x4.add(f32x4.div(f32x4.mul(step, mi), down), f32x4.mul(decay, wi)));
  }
  v128.store(w, wi);
  v128.store(m, mi);
  v128.store(v, vi);
}

function idle1(
  w: usize,
  m: usize,
  v: usize,
  beta1: f64,
  beta2: f64,
  coupled: f32,
  steps: usize,
  corrections: usize,
  decays: usize,
  from: usize,
  end: usize,
  epsilon: f32,
): void {
  let wi = load<f32>(w);
  let mi = load<f32>(m);
  let vi = load<f32>(v);
  for (let s = from; s < end; s += 4) {
    const gi: f32 = coupled * wi;
    mi = <f32>beta1 * mi + <f32>(1 - beta1) * gi;
    vi = <f32>beta2 * vi + <f32>(1 - beta2) * (gi * gi);
    const down: f32 = sqrt<f32>(vi) * load<f32>(corrections + s) + epsilon;
    wi = wi - ((load<f32>(steps + s) * mi) / down + load<f32>(decays + s) * wi);
  }
  store<f32>(w, wi);
  store<f32>(m, mi);
  store<f32>(v, vi);
}
