/** The Element Plus parts the pages use; nothing else is shipped. */
import {
  ElButton, ElCheckbox, ElConfigProvider, ElDatePicker, ElDialog, ElDropdown,
  ElDropdownItem, ElDropdownMenu, ElIcon, ElInput, ElOption, ElPopover, ElSelect, ElSkeleton,
  ElTooltip,
} from 'element-plus';
import type { App } from 'vue';
import 'element-plus/dist/index.css';
import 'element-plus/theme-chalk/dark/css-vars.css';

const parts = [
  ElButton, ElCheckbox, ElConfigProvider, ElDatePicker, ElDialog, ElDropdown,
  ElDropdownItem, ElDropdownMenu, ElIcon, ElInput, ElOption, ElPopover, ElSelect, ElSkeleton,
  ElTooltip,
];

export function useElements(app: App): void {
  for (const part of parts) app.use(part);
}
