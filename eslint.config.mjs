// The portal's own scripts must run in Chromium 86. Three nets:
// the parser stops at ES2020, `compat` knows browser APIs (target in package.json),
// and `globals` lists every global that a script may name.
import compat from "eslint-plugin-compat";
import esx from "eslint-plugin-es-x";

const globals = [
  "Array", "Error", "FormData", "Map", "Number", "Object", "Promise", "Set", "String", "URL",
  "URLSearchParams", "WeakMap", "WeakSet", "clearTimeout", "document", "fetch", "navigator",
  "requestAnimationFrame", "setTimeout", "window",
];

export default [
  esx.configs["flat/restrict-to-es2020"],
  esx.configs["flat/no-new-in-esnext"],
  compat.configs["flat/recommended"],
  {
    files: ["static/js/**/*.js"],
    languageOptions: {
      ecmaVersion: 2020,
      sourceType: "script",
      globals: Object.fromEntries(globals.map((name) => [name, "readonly"])),
    },
    linterOptions: { reportUnusedDisableDirectives: "error", noInlineConfig: true },
    settings: { "es-x": { aggressive: true } },
    rules: {
      "array-callback-return": "error",
      "block-scoped-var": "error",
      curly: "error",
      eqeqeq: "error",
      "no-alert": "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-redeclare": "error",
      "no-shadow": "error",
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
      strict: ["error", "global"],
      // htmx and others write innerHTML for us from trusted answers; we never do.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML" },
        { property: "outerHTML" },
        { property: "insertAdjacentHTML" },
        // Newer than the target, and reached through objects that `compat` cannot follow.
        ...[
          "checkVisibility", "moveBefore", "setHTML", "setHTMLUnsafe", "showPicker", "showPopover",
          "startViewTransition", "togglePopover", "randomUUID", "throwIfAborted",
        ].map((property) => ({ property })),
      ],
    },
  },
];
