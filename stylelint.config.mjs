// The portal's own styles must work in Chromium 86 (target in package.json).
export default {
  plugins: ["stylelint-no-unsupported-browser-features"],
  reportNeedlessDisables: true,
  reportInvalidScopeDisables: true,
  rules: {
    "plugin/no-unsupported-browser-features": [
      true,
      { ignorePartialSupport: true, severity: "error" },
    ],
    // What the feature table above does not know or knows only in part.
    "selector-pseudo-class-disallowed-list": ["has", "is", "where", "user-valid", "user-invalid", "modal"],
    "selector-nested-pattern": "^$",
    "selector-disallowed-list": ["/&/"],
    "max-nesting-depth": 0,
    "property-disallowed-list": ["aspect-ratio", "/^inset/", "accent-color", "content-visibility", "translate", "rotate", "scale", "text-wrap", "scrollbar-gutter", "margin-trim", "field-sizing", "interpolate-size", "anchor-name", "position-anchor"],
    "unit-disallowed-list": ["dvh", "svh", "lvh", "dvw", "svw", "lvw", "dvi", "dvb", "cqw", "cqh", "cqi", "cqb", "lh", "rlh"],
    "at-rule-disallowed-list": ["layer", "container", "scope", "property", "starting-style", "import", "nest"],
    "function-disallowed-list": ["color-mix", "oklch", "oklab", "lab", "lch", "light-dark", "linear", "round", "url"],
    "declaration-property-value-disallowed-list": { "/^overflow/": ["clip"], "grid-template-columns": ["/subgrid/"] },
    // Plain mistakes.
    "block-no-empty": true,
    "color-no-invalid-hex": true,
    "declaration-block-no-duplicate-custom-properties": true,
    "declaration-block-no-duplicate-properties": true,
    "declaration-block-no-shorthand-property-overrides": true,
    "font-family-no-missing-generic-family-keyword": true,
    "function-calc-no-unspaced-operator": true,
    "media-feature-name-no-unknown": true,
    "no-invalid-double-slash-comments": true,
    "no-irregular-whitespace": true,
    "property-no-unknown": true,
    "selector-pseudo-class-no-unknown": true,
    "selector-pseudo-element-no-unknown": true,
    "selector-type-no-unknown": true,
    "unit-no-unknown": true,
  },
};
