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

/**
 * The same steps for numbers whose gradient was zero in each of them: steps `from` (inclusive) to `to` (exclusive) at
 * once, while the numbers are at hand. `steps`, `corrections`
 * and `decays` hold what {@link adam} takes (the last as `decoupled`), one per step.
 */
export function adamIdle(
  w: usize,
  m: usize,
  v: usize,
  n: i32,
  beta1: f64,
  beta2: f64,
  coupled: f32,
  steps: usize,
  corrections: usize,
  decays: usize,
  from: i32,
  to: i32,
  epsilon: f32,
): void {
  const keep1 = f32x4.splat(<f32>beta1);
  const take1 = f32x4.splat(<f32>(1 - beta1));
  const keep2 = f32x4.splat(<f32>beta2);
  const take2 = f32x4.splat(<f32>(1 - beta2));
  const bytes = (<usize>n) << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    let wi = v128.load(w + at);
    let mi = v128.load(m + at);
    let vi = v128.load(v + at);
    for (let s = from; s < to; s++) {
      const step = load<f32>(steps + ((<usize>s) << 2));
      const gi = f32x4.mul(f32x4.splat(coupled), wi);
      mi = f32x4.add(f32x4.mul(keep1, mi), f32x4.mul(take1, gi));
      vi = f32x4.add(f32x4.mul(keep2, vi), f32x4.mul(take2, f32x4.mul(gi, gi)));
      const down = f32x4.add(
        f32x4.mul(f32x4.sqrt(vi), v128.load32_splat(corrections + ((<usize>s) << 2))),
        f32x4.splat(epsilon),
      );
      const move = f32x4.add(
        f32x4.div(f32x4.mul(f32x4.splat(step), mi), down),
        f32x4.mul(v128.load32_splat(decays + ((<usize>s) << 2)), wi),
      );
      wi = f32x4.sub(wi, move);
    }
    v128.store(w + at, wi);
    v128.store(m + at, mi);
    v128.store(v + at, vi);
  }
  for (; at < bytes; at += 4) {
    let wi = load<f32>(w + at);
    let mi = load<f32>(m + at);
    let vi = load<f32>(v + at);
    for (let s = from; s < to; s++) {
      const step = load<f32>(steps + ((<usize>s) << 2));
      const gi: f32 = coupled * wi;
      mi = <f32>beta1 * mi + <f32>(1 - beta1) * gi;
      vi = <f32>beta2 * vi + <f32>(1 - beta2) * (gi * gi);
      const down: f32 = sqrt<f32>(vi) * load<f32>(corrections + ((<usize>s) << 2)) + epsilon;
      wi = wi - ((step * mi) / down + load<f32>(decays + ((<usize>s) << 2)) * wi);
    }
    store<f32>(w + at, wi);
    store<f32>(m + at, mi);
    store<f32>(v + at, vi);
  }
}
