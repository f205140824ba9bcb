// The page of results is for asking again.
const field = document.querySelector(".bd-search-container input[type=search]");
field.value = new URLSearchParams(location.search).get("q") ?? "";
field.focus();
field.select();
