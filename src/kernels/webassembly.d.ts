/** The part of WebAssembly used here: Node has it, its types (without the browser's) do not. */
declare namespace WebAssembly {
  type Module = object;
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  const Module: new (bytes: Uint8Array) => Module;
  const Memory: new (descriptor: { initial: number }) => Memory;
  const Instance: new (module: Module, imports: Record<string, Record<string, Memory>>) => Instance;
}
