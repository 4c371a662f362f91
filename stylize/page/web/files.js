// Files: picked, pasted and dropped. Gradio refuses those whose type the browser does not know (HEIC); here the server
// says what is wrong.
const stylizeFiles = ({$, words, flash, acknowledge}) => {
  const ENDINGS = ["heic", "heif", "hif", "tif", "tiff", "avif"].flatMap(end => [`.${end}`, `.${end.toUpperCase()}`]);
  const areImages = files => [...files].every(file => file.type.startsWith("image/"));
  const photo = () => $("#content input[type=file]");
  function give(input, files) {
    input.files = files;
    input.dispatchEvent(new Event("change", {bubbles: true}));
  }
  async function paste(slot, input) {
    for (const item of await navigator.clipboard?.read().catch(() => []) || []) {
      const type = item.types.find(type => type.startsWith("image/")), files = new DataTransfer();
      if (!type) continue;
      files.items.add(new File([await item.getType(type)], `clipboard.${type.slice(6)}`, {type}));
      return give(input, files.files);
    }
    flash(slot, words().nothing);
  }
  function choose(event) {  // Gradio's own buttons empty the slot before there is another picture
    const button = event.target.closest(".source-selection button"), slot = button?.closest(".slot");
    const input = slot?.querySelector("input[type=file]"), pastes = button?.matches("[data-en^=Paste], [aria-label^=Paste]");
    if (!input || !pastes && !(slot.querySelector("img") && button.matches(":first-child"))) return;
    event.stopPropagation();
    if (pastes) paste(slot, input); else input.click();
  }
  function listen() {
    document.addEventListener("click", choose, true);
    document.addEventListener("change", event => {
      const input = event.target, renamed = new DataTransfer();
      if (input.nextElementSibling?.id === "load") acknowledge($("#load"));
      if (input.type !== "file" || areImages(input.files)) return;
      for (const file of input.files) renamed.items.add(new File([file], file.name, {type: "image/x-unknown"}));
      input.files = renamed.files;
    }, true);
    document.addEventListener("paste", event => {  // anywhere: a new photo
      const given = event.clipboardData.files;
      if (!given.length || document.activeElement?.matches("input, textarea")) return;
      event.preventDefault();
      give(photo(), given);
    });
    document.addEventListener("dragover", event => event.preventDefault());  // else a drop beside a slot leaves the page
    document.addEventListener("drop", event => {
      const slot = event.target.closest?.(".block")?.querySelector("input[type=file]"), input = slot || photo();
      const given = event.dataTransfer.files;
      if (!given.length || slot && areImages(given)) return;
      event.preventDefault();
      event.stopPropagation();
      give(input, given);
    }, true);
  }
  return {listen, ENDINGS};
};
