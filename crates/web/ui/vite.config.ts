import { defineConfig } from "vitest/config";

const SERVER = "http://127.0.0.1:8157";

// File names carry no hashes: the program embeds them under fixed names and serves them with an ETag.
export default defineConfig({
  base: "./",
  build: {
    outDir: "dist",
    target: "es2023",
    sourcemap: false,
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rollupOptions: {
      output: {
        entryFileNames: "assets/app.js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/app[extname]",
      },
    },
  },
  server: { proxy: { "/api": SERVER, "/media": SERVER } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
