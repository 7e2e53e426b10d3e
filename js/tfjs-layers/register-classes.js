/**
 * Registers classes under Keras's names for them, from which tfjs makes the layers of models that it loads.
 * @returns {() => void} puts back what was there before
 */
export function registerClasses({ serialization }, classes) {
  const { classNameMap } = serialization.SerializationMap.getMap();
  const before = classes.map(({ className }) => classNameMap[className][0]);
  for (const each of classes) serialization.registerClass(each);
  return () => {
    for (const each of before) serialization.registerClass(each);
  };
}
