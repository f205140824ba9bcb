/* Light or dark as the reader chose it, kept in this browser; loaded before the page is drawn, so that it never flashes. */
(() => {
  "use strict";

  const KEY = "polyreact-theme";
  const THEMES = ["system", "light", "dark"];
  const root = document.documentElement;

  function recall() {
    try {
      const kept = localStorage.getItem(KEY);
      return THEMES.includes(kept) ? kept : "system";
    } catch {
      return "system"; // storage may be refused; the system's choice holds
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // as above: the choice holds for this page
    }
  }

  function apply(theme) {
    if (theme === "system") {
      delete root.dataset.theme;
    } else {
      root.dataset.theme = theme;
    }
  }

  apply(recall());
  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector("[data-theme-choice]");
    const select = choice?.querySelector("select");
    if (!select) {
      return;
    }
    select.value = recall();
    select.addEventListener("change", () => {
      keep(select.value);
      apply(select.value);
    });
    choice.hidden = false;
  });
})();
