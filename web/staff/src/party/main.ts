// A relying party's own page 单位管理台: its administrators sign in here, and
// see their party alone. It stands beside the console because it is made of
// the same parts; nothing of the console's own is loaded.
import '../styles/base.css'
import '../styles/shell.css'
import { createApp } from 'vue'
import { followSystemTheme } from '@edl/kit/display'
import { applyLanguage } from '@edl/kit/i18n'
import { language } from '../language'
import App from './App.vue'
import { resume } from './session'

followSystemTheme()
applyLanguage(language.value)
await resume()
createApp(App).mount('#app')
