// A photograph made small on the phone: at most 1600 across, JPEG, drawn anew so that nothing the camera wrote into it goes along.
const LONGEST = 1600;

export async function smaller(file) {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return blob(canvas, 'image/jpeg', 0.82);
}

export const blob = (canvas, type, quality) => new Promise((resolve, reject) => {
  canvas.toBlob((made) => (made ? resolve(made) : reject(new Error('no picture'))), type, quality);
});

// As an address a page may show: the content policy allows data:, not blob:.
export const shown = (held, type) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(new Blob([held], { type }));
});
