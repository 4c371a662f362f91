// Files: picked, pasted and dropped. Gradio refuses those whose type the browser does not know (HEIC); here the server
// says what is wrong. And Gradio empties the slot when a file is too large, with a sentence in English.
const stylizeFiles = ({$, words, flash, notice, acknowledge, SAME}) => {
  const ENDINGS = ["heic", "heif", "hif", "tif", "tiff", "avif"].flatMap(end => [`.${end}`, `.${end.toUpperCase()}`]);
  const areImages = files => [...files].every(file => file.type.startsWith("image/"));
  const slotAt = event => event.target.closest?.(".slot") || $("#content");
  function light(slot) {  // the one that takes what is dragged
    $(".over")?.classList.remove("over");
    slot?.classList.add("over");
  }
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
  function choose(event) {  // Gradio's own buttons empty the slot, or open no dialog where it is empty
    const button = event.target.closest(".source-selection button"), slot = button?.closest(".slot");
    const input = slot?.querySelector("input[type=file]"), pastes = button?.matches("[data-en^=Paste]");
    if (!input || !pastes && !button.matches(":first-child")) return;
    event.stopPropagation();
    if (pastes) paste(slot, input); else input.click();
  }
  function listen() {
    document.addEventListener("click", choose, true);
    document.addEventListener("change", event => {
      const input = event.target, renamed = new DataTransfer();
      if (input.type !== "file") return;
      const most = window.gradio_config.max_file_size, large = [...input.files].find(file => file.size > most);
      notice(large ? words().too_large.replace("#1", large.name).replace("#2", most / 1e6) : "");
      if (large) {
        event.stopPropagation();
        input.value = "";
        return;
      }
      if (input.nextElementSibling?.id === "load") acknowledge($("#load"));
      if (areImages(input.files)) return;
      for (const file of input.files) renamed.items.add(new File([file], file.name, {type: "image/x-unknown"}));
      input.files = renamed.files;
    }, true);
    document.addEventListener("paste", event => {  // anywhere: a new photo
      const given = event.clipboardData.files;
      if (!given.length || document.activeElement?.matches("input, textarea")) return;
      event.preventDefault();
      give($("#content input[type=file]"), given);
    });
    document.addEventListener("dragover", event => {
      event.preventDefault();  // else a drop beside a slot leaves the page
      light(slotAt(event));
    });
    document.addEventListener("dragleave", event => event.relatedTarget || light());
    document.addEventListener("drop", event => {
      const input = slotAt(event).querySelector("input[type=file]"), given = event.dataTransfer.files;
      light();
      if (!given.length || !input) return;
      event.preventDefault();
      event.stopPropagation();
      give(input, given);
    }, true);
  }
  function accept() {  // the inputs may be new
    for (const input of document.querySelectorAll("input[type=file]")) input.accept = ["image/*", ...ENDINGS].join();
  }
  let applied = "";  // the last answer that was: events that follow may read it again
  function replace(names, answer, now) {  // pictures by others, where they are still the ones that were looked at
    const given = JSON.parse(answer && answer !== applied ? applied = answer : "{}");
    return names.map((name, n) => given[name] && given[name][0] === now[n]?.path ? given[name][1] : SAME);
  }
  return {listen, accept, replace};
};
