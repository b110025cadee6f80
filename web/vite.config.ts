import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8")) as {
  version: string;
};
const OUT = "../src/teahouse/static";
const SERVER = process.env.TEAHOUSE_URL ?? "http://127.0.0.1:8008";
// What the Discover tab needs to show a timeline. Whatever else is in its folder is loaded with the first screen beside.
const OPENING =
  /\/i18n\/((en|zh)\/)?discover\.ts|\/screens\/discover\/(Discover|Timelines|Tabs|PostList|PostCard|PostBody|Pictures|PollBox|Quoted|Skeleton|HotTags|Bell|OutboxBar|Sheets|Named|[a-z]\w*(\.svelte)?)\.(ts|svelte)/;
const SDK = "node_modules/matrix-js-sdk/lib";
const LEFT_OUT =
  /^\.\/(webrtc\/.+|matrixrtc\/MatrixRTCSessionManager|rtcTransportsCachedValue|wellKnownCachedValue|embedded|sliding-sync-sdk|models\/MSC3089TreeSpace)\.js$/;
const LIBRARY = /\/node_modules\/|\/core\/matrix\/(leftOut|lookalike)\.ts$/;
// The style sheets of what is opened from a chat or beside the list of chats.
const CHATS_MORE =
  /\/screens\/chats\/(bubbles\/(ArticleCard|LinkCard|Poll)|ChatInfo|Join|LinkSheet|MediaGrid|MemberList|NewChat|PeoplePicker|PollSheet|ReadersSheet|Requests|Search)\.svelte.*\.css$/;
const PACKED = /\.(js|css|html|svg|wasm|webmanifest|json|txt)$/;

interface Modules {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}
const brought = new Map<string, Set<string>>();

/** Everything that a module brings along at once. */
function broughtBy(name: string, modules: Modules): Set<string> {
  const known = brought.get(name);
  if (known) return known;
  const found = new Set<string>();
  const waiting = [join(import.meta.dirname, "src", name)];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    waiting.push(...(modules.getModuleInfo(id)?.importedIds ?? []));
  }
  brought.set(name, found);
  return found;
}

/**
 * Name the file for what a first visit loads: the shell, the list of chats, and the libraries of that. Three files come
 * sooner over a slow line than fifty, each of which waits for its turn.
 */
function startingFile(id: string, modules: Modules): string | null {
  if (broughtBy("main.ts", modules).has(id)) return "shell";
  const first = ["core/matrix/start.ts", "screens/chats/ChatList.svelte"];
  if (!first.some((name) => broughtBy(name, modules).has(id))) return null;
  return LIBRARY.test(id) ? "library" : "first-list";
}

/** Writes the list of files that the app needs to start offline into the service worker. */
function serviceWorkerFiles(): Plugin {
  return {
    name: "service-worker-files",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("there is no sw.js in the build");
      // What is large and not needed for a start is cached when it is first used.
      const lazy = /\.wasm$|^sw\.js$|crypto|\.map$/;
      const files = Object.keys(bundle).filter((name) => !lazy.test(name) && name !== "index.html");
      const shown = ["/", "/manifest.webmanifest", "/icon.svg", ...files.map((name) => `/${name}`)];
      const hash = createHash("sha256");
      for (const name of Object.keys(bundle).sort()) {
        const part = bundle[name];
        if (part && name !== "sw.js") hash.update(part.type === "chunk" ? part.code : part.source);
      }
      worker.code = worker.code
        .replace(/["'`]__FILES__["'`]/, JSON.stringify(JSON.stringify(shown)))
        .replace("__BUILD__", hash.digest("hex").slice(0, 16));
    },
  };
}

/** Puts a `.br` and a `.gz` beside every file that gets smaller by it. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    async closeBundle() {
      const names = await readdir(OUT, { recursive: true });
      await Promise.all(names.filter((name) => PACKED.test(name)).map((name) => pack(join(OUT, name))));
    },
  };
}

async function pack(path: string): Promise<void> {
  if (!(await stat(path)).isFile()) return;
  const bytes = await readFile(path);
  if (bytes.length > 1_000_000 && (await packedBefore(path))) return;
  // The best quality of Brotli takes ten times as long, which only the WebAssembly's megabytes make felt.
  const quality = bytes.length > 1_000_000 ? 9 : 11;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  if (br.length < bytes.length) await writeFile(`${path}.br`, br);
  if (gz.length < bytes.length) await writeFile(`${path}.gz`, gz);
  if (bytes.length > 1_000_000) {
    await writeFile(`node_modules/.packed/${basename(path)}.br`, br);
    await writeFile(`node_modules/.packed/${basename(path)}.gz`, gz);
  }
}

/** Take the packed forms of a large file from an earlier build; its name holds a hash of it. */
async function packedBefore(path: string): Promise<boolean> {
  const copies = [".br", ".gz"].map(
    (end) => [`node_modules/.packed/${basename(path)}${end}`, `${path}${end}`] as const,
  );
  if (copies.every(([from]) => existsSync(from))) {
    await Promise.all(copies.map(([from, to]) => copyFile(from, to)));
    return true;
  }
  await mkdir("node_modules/.packed", { recursive: true });
  return false;
}

const proxied = { target: SERVER, ws: true, changeOrigin: false };

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [
    // Short names of scopes: they are nearly all that a packed style sheet can't shrink.
    svelte({
      configFile: false,
      compilerOptions: { cssHash: ({ hash, filename }) => `s${hash(filename).slice(0, 4)}` },
    }),
    serviceWorkerFiles(),
    packed(),
  ],
  resolve: {
    alias: [
      // Without the entry that puts the whole library where a console finds it, what nobody uses is dropped.
      { find: /^matrix-js-sdk$/, replacement: join(import.meta.dirname, `${SDK}/matrix.js`) },
      // Calls, widgets and more do not exist here; look-alike names are told apart by their handles.
      { find: LEFT_OUT, replacement: join(import.meta.dirname, "src/core/matrix/leftOut.ts") },
      { find: /^unhomoglyph$/, replacement: join(import.meta.dirname, "src/core/matrix/lookalike.ts") },
    ],
  },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 9000,
    target: ["chrome119", "firefox121", "safari17.4"],
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      // No module of the SDK does anything by being there, which its package does not say.
      treeshake: { moduleSideEffects: [{ test: /\/matrix-js-sdk\/lib\//, sideEffects: false }] },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        // The microblog in three files: what the badge needs, what opening the tab needs, and the rest of its screens.
        // Many small ones would pack worse. So would the many small style sheets of the other tabs.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: startingFile, debugName: "start" },
            {
              name: "microblog-core",
              test: /\/(core\/masto|node_modules\/(masto|change-case|events-to-async|ts-custom-error))\//,
            },
            { name: "microblog-screens", test: OPENING },
            { name: "microblog-more", test: /\/(screens\/discover\/|i18n\/((en|zh)\/)?discoverMore\.ts)/ },
            { name: "contacts-and-me", test: /\/screens\/(contacts|accounts|me|keys)\/.*\.css$/ },
            { name: "chats-more", test: CHATS_MORE },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: Object.fromEntries(
      ["/_matrix", "/api", "/oauth", "/account", "/.well-known", "/media", "/_teahouse"].map((path) => [
        path,
        proxied,
      ]),
    ),
  },
});
