// Bundles GraphiQL and its workers into dist/*.gz, which the hub's build embeds. The same input gives the same bytes.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: {
    graphiql: "graphiql.jsx",
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
  },
  bundle: true,
  format: "esm",
  minify: true,
  jsx: "automatic",
  loader: { ".ttf": "dataurl" },
  define: { "process.env.NODE_ENV": '"production"' },
  outdir: "dist",
  legalComments: "none",
  write: false,
});

await rm("dist", { recursive: true, force: true });
await mkdir("dist");
for (const { path, contents } of outputFiles) {
  const name = path.split("/").at(-1);
  const packed = gzipSync(contents, { level: 9 });
  await writeFile(`dist/${name}.gz`, packed);
  console.log(`${name.padEnd(20)} ${contents.length} bytes, ${packed.length} compressed`);
}
