import { ref } from 'vue'

/** Whether the list of all keys is open. */
export const helpOpen = ref(false)
export const openHelp = (): void => { helpOpen.value = true }
