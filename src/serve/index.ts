export { createApp, type ServeOptions } from "./app.ts";
export { listen } from "./listen.ts";
