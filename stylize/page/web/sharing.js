// Sharing: a link to the choices, and the painting, or its film, by the system's sheet on phones, by the clipboard elsewhere.
const stylizeSharing = ({$, words, flash, phone}) => {
  async function copyLink(query) {
    const address = location.origin + location.pathname + query;
    try {
      await navigator.clipboard.writeText(address);
    } catch {  // a page that is not served over https
      const field = Object.assign(document.createElement("textarea"), {value: address});
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    flash($("#link"), words().link_copied);
  }
  async function share() {
    const film = $("[data-tab-id=film][aria-selected=true]") && $("#lapse :is(video, img)");
    if (film && $("#film_file").disabled) return;  // another shape is being made
    const source = (film || $("#painting img")).src, name = decodeURIComponent(source.split("/").pop());
    const picture = fetch(source).then(answer => answer.blob());
    if (phone.matches && navigator.canShare) {
      const blob = await picture, files = [new File([blob], name, {type: blob.type})];
      if (navigator.canShare({files})) return navigator.share({files, title: "stylize"}).catch(() => {});
    }
    try {
      if (film) throw new TypeError("no clipboard takes a film");
      await navigator.clipboard.write([new ClipboardItem({"image/png": picture})]);
      flash($("#share"), words().picture_copied);
    } catch {
      Object.assign(document.createElement("a"), {href: source, download: name}).click();
      flash($("#share"), words().picture_saved);
    }
  }
  return {copyLink, share};
};
