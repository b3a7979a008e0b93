// The chosen theme, before the first paint. A plain script in the head, because modules run after it.
// Never stores anything else. Storage may be refused (private windows, iframes): then the system decides.

(() => {
  try {
    const theme = localStorage.getItem("cxpulse.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage: the system's theme.
  }
})();
