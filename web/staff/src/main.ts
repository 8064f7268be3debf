import './styles/base.css'
import './styles/shell.css'
import { createApp } from 'vue'
import { followSystemTheme } from '@edl/kit/display'
import { applyLanguage } from '@edl/kit/i18n'
import App from './App.vue'
import { language } from './language'
import { router } from './router'
import { resume } from './session'

followSystemTheme()
applyLanguage(language.value)
await resume()
createApp(App).use(router).mount('#app')
