import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from '@/App.vue';
import { useElements } from '@/elements';
import { i18n, rememberedLanguage, setLanguage } from '@/i18n';
import { router } from '@/router';
import { applyTheme } from '@/text/theme';
import '@/styles/tokens.css';
import '@/styles/base.css';

applyTheme();
setLanguage(rememberedLanguage());
const app = createApp(App);
app.use(createPinia());
app.use(i18n);
app.use(router);
useElements(app);
app.mount('#app');
