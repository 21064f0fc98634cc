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
for (const form of document.querySelectorAll("form[method=post]:not([data-again])")) {
  form.addEventListener("submit", () => setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  }));
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[method=post] button")) button.disabled = false;
});
// A page that watches: new lines as they come, the whole page anew when the work has ended.
for (const box of document.querySelectorAll("[data-watch]")) {
  const url = box.dataset.watch, out = box.querySelector("pre");
  let count = Number(box.dataset.count);
  const look = async () => {
    try {
      const state = await (await fetch(`${url}?after=${count}`)).json();
      count = state.count;
      if (state.lines.length) {
        const low = out.scrollHeight - out.scrollTop - out.clientHeight < 40;
        out.append(state.lines.join("\n") + "\n");
        if (low) out.scrollTop = out.scrollHeight;
      }
      if (!state.running) return location.reload();
    } catch { /* the desk was closed: nothing more comes */ }
    setTimeout(look, 1500);
  };
  if (url) { out.scrollTop = out.scrollHeight; look(); }
}
