"use strict";
const copy = document.getElementById("copy");
const plain = document.getElementById("plain");
copy.hidden = false;
copy.addEventListener("click", async () => {
  let told = "Copied";
  try {
    await navigator.clipboard.writeText(plain.textContent);
  } catch {
    // Without HTTPS there is a clipboard for what is selected alone.
    document.getElementById("text").open = true;
    getSelection().selectAllChildren(plain);
    if (!document.execCommand("copy")) told = "Selected: press Ctrl+C";
  }
  copy.textContent = told;
  setTimeout(() => { copy.textContent = "Copy as text"; }, 2000);
});
