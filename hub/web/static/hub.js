"use strict";
// Everything works without this file; it saves steps.
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", (event) => {
    if (!window.confirm(button.dataset.ask)) event.preventDefault();
  });
}
for (const field of document.querySelectorAll("[data-find]")) {
  const rows = document.querySelectorAll(field.dataset.find + " tbody tr");
  const find = () => {
    const words = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = words !== "" && !row.textContent.toLowerCase().includes(words);
  };
  field.addEventListener("input", find);
  find();
}
for (const field of document.querySelectorAll("select[data-go]")) {
  field.addEventListener("change", () => field.form.submit());
}
// A form is sent once.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  }));
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[method=post] button")) button.disabled = false;
});
