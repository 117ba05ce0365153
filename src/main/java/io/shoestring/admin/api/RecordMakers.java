package io.shoestring.admin.api;

import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.ValueInstantiators;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.module.SimpleModule;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;

/**
 * Has records made by plain reflection. Jackson compiles a method handle for each shape of a
 * constructor, and for one answer that is read once that takes a fifth of a command's whole time.
 */
final class RecordMakers extends ValueInstantiators.Base {
    /** What a mapper is told to use it by. */
    static JacksonModule module() {
        return new SimpleModule("records") {
            @Override
            public void setupModule(SetupContext context) {
                super.setupModule(context);
                context.addValueInstantiators(new RecordMakers());
            }
        };
    }

    @Override
    public ValueInstantiator modifyValueInstantiator(
            DeserializationConfig config,
            BeanDescription.Supplier description,
            ValueInstantiator usual) {
        return description.getBeanClass().isRecord() && usual instanceof StdValueInstantiator plain
                ? new Maker(plain)
                : usual;
    }

    private static final class Maker extends StdValueInstantiator {
        Maker(StdValueInstantiator usual) {
            super(usual);
        }

        @Override
        public Object createFromObjectWith(DeserializationContext context, Object[] components) {
            if (!(_withArgsCreator.getAnnotated() instanceof Constructor<?> constructor)) {
                return super.createFromObjectWith(context, components);
            }
            try {
                return constructor.newInstance(components);
            } catch (InvocationTargetException e) {
                return context.handleInstantiationProblem(
                        getValueClass(), components, e.getCause());
            } catch (ReflectiveOperationException e) {
                return context.handleInstantiationProblem(getValueClass(), components, e);
            }
        }
    }
}
