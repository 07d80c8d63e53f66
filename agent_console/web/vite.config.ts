import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const backend = process.env.HOTLINE_CONSOLE ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Element Plus alone is about 1 MB before compression; the console is opened once a shift.
  build: { chunkSizeWarningLimit: 1500, target: 'es2022' },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': backend, '/ws': { target: backend, ws: true } },
  },
});
