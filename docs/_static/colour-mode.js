// Runs before the page is drawn, so that it is drawn in the reader's colours at once.
const root = document.documentElement;
root.dataset.mode = localStorage.getItem("mode") || "auto";
root.dataset.theme = localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
