import tseslint from "typescript-eslint";
import importX from "eslint-plugin-import-x";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";

/** The rooms in order of flow: a room may import the rooms listed for it (and errors, random, events). */
const rooms = {
  kernels: [],
  graph: [],
  runtime: ["graph"],
  optim: ["kernels"],
  interactions: [],
  dataset: ["interactions"],
  models: ["graph", "kernels"], // a fitted model computes its weights itself
  signals: ["dataset", "interactions"],
  teachers: ["dataset", "signals", "export", "evaluate"],
  losses: ["graph"],
  methods: ["graph", "losses", "signals", "dataset"],
  evaluate: ["dataset", "graph", "runtime", "kernels"],
  train: [
    "graph",
    "runtime",
    "optim",
    "kernels",
    "dataset",
    "models",
    "losses",
    "signals",
    "methods",
    "evaluate",
  ],
  export: ["graph", "runtime", "models", "dataset", "evaluate"],
  runs: ["dataset", "models", "signals", "methods", "train", "evaluate", "export", "runtime"],
  serve: ["export"],
  report: ["evaluate"],
};
const floor = ["errors", "random", "events", "files", "options", "manifests", "duckdb"];

const zones = Object.entries(rooms).flatMap(([room, allowed]) =>
  Object.keys(rooms)
    .filter((other) => other !== room && !allowed.includes(other))
    .map((other) => ({
      target: `./src/${room}`,
      from: `./src/${other}`,
      message: `The room "${room}" may import only: ${[...allowed, ...floor].join(", ")}.`,
    })),
);

export default tseslint.config(
  {
    ignores: [
      "dist",
      "node_modules",
      "coverage",
      "data",
      "bundles",
      "signals",
      "runs",
      "demo-run",
      "src/kernels/assembly",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["*.js"] } } },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver()] },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            ...zones,
            { target: "./src", from: "./cli" },
            { target: "./src", from: "./bench" },
            { target: "./src", from: "./recipes" },
          ],
        },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/runtime/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: [{ name: "onnxruntime-node", message: "Only src/runtime imports onnxruntime." }] },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: "Randomness is a seeded argument.",
        },
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: "The clock stays at the edges; use performance.now() for durations.",
        },
      ],
    },
  },
  { files: ["*.js", "examples/**/*.mjs"], extends: [tseslint.configs.disableTypeChecked] },
);
