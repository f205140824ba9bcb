// What GitHub's language service says of workflow files: `FILE:LINE: message`, a line each, on stdout.
//   node diagnose.mjs HOME FILE...          HOME: the folder whose node_modules has it
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// The package is written for bundlers: it imports JSON without saying so, which node asks for.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
});

const [home, ...files] = process.argv.slice(2);
const modules = join(resolve(home), "node_modules");
const { validate } = await import(pathToFileURL(join(modules, "@actions/languageservice/dist/index.js")));
const { TextDocument } = createRequire(join(modules, "package.json"))("vscode-languageserver-textdocument");

for (const file of files) {
  const document = TextDocument.create(pathToFileURL(file).href, "yaml", 1, readFileSync(file, "utf8"));
  for (const { range, message } of await validate(document)) {
    console.log(`${file}:${range.start.line + 1}: ${message}`);
  }
}
