//! Where training computes: the CPU, or a GPU where one was compiled in and one is there.
//!
//! The choice is made when a run starts, not when the program is built: the program holds every device that its
//! features name, and [`DeviceChoice::open`] says clearly what is missing when one cannot be had.

use std::fmt;
use std::str::FromStr;

use burn::tensor::{Device, FloatDType};
use resight_core::{ErrorKind, Hint, RoomError};
use serde::{Deserialize, Serialize};

/// What a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The processor. The default: always there, and the same numbers on every run.
    #[default]
    Cpu,
    /// The best GPU that Vulkan, Metal or DirectX shows. Needs the feature `wgpu`.
    Gpu,
    /// A graphics driver that computes on the processor, such as Mesa's. Slow; it exists to check the GPU route
    /// on machines without a GPU. Needs the feature `wgpu`.
    SoftwareGpu,
    /// An NVIDIA GPU by CUDA. Needs the feature `cuda`.
    Cuda,
}

/// The numbers that a network computes with. Parameters, normalisation and losses stay in single precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrecisionChoice {
    /// Half where the device gains by it and loses nothing: brain floats on a GPU that computes with them. Single
    /// elsewhere, so always on the CPU.
    #[default]
    Auto,
    /// 32-bit numbers.
    Single,
    /// 16-bit numbers: brain floats where the device computes with them, IEEE half floats otherwise. There is no
    /// loss scaling: small gradients may vanish with IEEE half floats.
    Half,
}

/// A device that is ready, and how to use it.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// The device, without gradients: call `autodiff()` for those.
    pub device: Device,
    /// What a network's input is cast to before the forward pass; see [`crate::network::forward`].
    pub precision: FloatDType,
    /// What it is, in words, for logs.
    pub description: String,
}

/// A device that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The program was built without it.
    #[error("this program was built without {what}")]
    NotCompiledIn {
        /// What is missing.
        what: &'static str,
        /// The feature that brings it.
        feature: &'static str,
        /// What was asked for.
        asked: DeviceChoice,
    },
    /// The program could use one, but the machine shows none.
    #[error("no {what} was found")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// What was asked for.
        asked: DeviceChoice,
    },
    /// The device does not compute with such numbers.
    #[error("{device} does not gain by half precision")]
    NoHalf {
        /// The device.
        device: String,
    },
    /// A word that is no device.
    #[error("no device is called `{0}`; there are: cpu, gpu, software-gpu, cuda")]
    Unknown(String),
}

impl RoomError for DeviceError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::User
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NotCompiledIn { feature, asked, .. } => {
                Some(Hint::BuildWith { feature, device: asked.to_string() })
            }
            Self::NotFound { asked, .. } => Some(Hint::InstallDriver { device: asked.to_string() }),
            Self::NoHalf { .. } => Some(Hint::SinglePrecision),
            Self::Unknown(_) => None,
        }
    }
}

impl DeviceChoice {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Gpu, Self::SoftwareGpu, Self::Cuda];

    /// Finds the device.
    ///
    /// # Errors
    /// When the program was built without it, when the machine has none, or when it does not compute with the
    /// precision that was asked for.
    pub fn open(self, precision: PrecisionChoice) -> Result<OpenDevice, DeviceError> {
        let (device, description) = match self {
            Self::Cpu => (Device::flex(), "CPU".to_owned()),
            Self::Gpu => graphics::gpu()?,
            Self::SoftwareGpu => graphics::software()?,
            Self::Cuda => cuda::first()?,
        };
        let precision = self.precision(&device, precision, &description)?;
        Ok(OpenDevice { device, precision, description })
    }

    fn precision(
        self,
        device: &Device,
        choice: PrecisionChoice,
        name: &str,
    ) -> Result<FloatDType, DeviceError> {
        let is_processor = matches!(self, Self::Cpu | Self::SoftwareGpu);
        let brain = !is_processor && device.supports_dtype(FloatDType::BF16);
        let half = !is_processor && device.supports_dtype(FloatDType::F16);
        match choice {
            PrecisionChoice::Auto | PrecisionChoice::Half if brain => Ok(FloatDType::BF16),
            PrecisionChoice::Half if half => Ok(FloatDType::F16),
            PrecisionChoice::Half => Err(DeviceError::NoHalf { device: name.to_owned() }),
            PrecisionChoice::Auto | PrecisionChoice::Single => Ok(FloatDType::F32),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
            Self::SoftwareGpu => "software-gpu",
            Self::Cuda => "cuda",
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(word: &str) -> Result<Self, DeviceError> {
        let found = Self::ALL.into_iter().find(|choice| choice.word() == word);
        found.ok_or_else(|| DeviceError::Unknown(word.to_owned()))
    }
}

/// GPUs by Vulkan, Metal or DirectX.
#[cfg(feature = "wgpu")]
mod graphics {
    use burn::tensor::{Device, DeviceKind, DeviceType};

    use super::{DeviceChoice, DeviceError};

    /// The best GPU: a card of its own before one inside the processor.
    pub(super) fn gpu() -> Result<(Device, String), DeviceError> {
        let kinds = [DeviceKind::DiscreteGpu(0), DeviceKind::IntegratedGpu(0), DeviceKind::VirtualGpu(0)];
        first(&kinds).ok_or(DeviceError::NotFound { what: "GPU", asked: DeviceChoice::Gpu })
    }

    /// A graphics driver that computes on the processor.
    pub(super) fn software() -> Result<(Device, String), DeviceError> {
        first(&[DeviceKind::Cpu]).ok_or(DeviceError::NotFound {
            what: "graphics driver that computes on the processor",
            asked: DeviceChoice::SoftwareGpu,
        })
    }

    fn first(kinds: &[DeviceKind]) -> Option<(Device, String)> {
        let there: Vec<Device> = Device::enumerate(DeviceType::Wgpu).into_iter().collect();
        let found =
            kinds.iter().map(|kind| Device::wgpu(kind.clone())).find(|device| there.contains(device))?;
        let name = found.identity().map_or_else(|| "GPU".to_owned(), |identity| identity.name.clone());
        Some((found, name))
    }
}

#[cfg(not(feature = "wgpu"))]
mod graphics {
    use burn::tensor::Device;

    use super::{DeviceChoice, DeviceError};

    fn missing(asked: DeviceChoice) -> DeviceError {
        DeviceError::NotCompiledIn { what: "GPU support", feature: "wgpu", asked }
    }

    pub(super) fn gpu() -> Result<(Device, String), DeviceError> {
        Err(missing(DeviceChoice::Gpu))
    }

    pub(super) fn software() -> Result<(Device, String), DeviceError> {
        Err(missing(DeviceChoice::SoftwareGpu))
    }
}

/// NVIDIA GPUs by CUDA.
#[cfg(feature = "cuda")]
mod cuda {
    use burn::tensor::{Device, DeviceType};

    use super::{DeviceChoice, DeviceError};

    pub(super) fn first() -> Result<(Device, String), DeviceError> {
        let found = Device::enumerate(DeviceType::Cuda).into_iter().next();
        let device = found.ok_or(DeviceError::NotFound { what: "NVIDIA GPU", asked: DeviceChoice::Cuda })?;
        let name =
            device.identity().map_or_else(|| "NVIDIA GPU".to_owned(), |identity| identity.name.clone());
        Ok((device, name))
    }
}

#[cfg(not(feature = "cuda"))]
mod cuda {
    use burn::tensor::Device;

    use super::{DeviceChoice, DeviceError};

    pub(super) fn first() -> Result<(Device, String), DeviceError> {
        Err(DeviceError::NotCompiledIn { what: "CUDA", feature: "cuda", asked: DeviceChoice::Cuda })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_always_there_and_computes_in_single_precision() {
        let opened = DeviceChoice::default().open(PrecisionChoice::default()).unwrap();
        assert_eq!((opened.precision, opened.description.as_str()), (FloatDType::F32, "CPU"));
        let refused = DeviceChoice::Cpu.open(PrecisionChoice::Half).unwrap_err();
        assert!(refused.to_string().contains("CPU does not gain by half precision"), "{refused}");
    }

    #[test]
    fn words_and_choices_belong_together() {
        for choice in DeviceChoice::ALL {
            assert_eq!(choice.to_string().parse::<DeviceChoice>().unwrap(), choice);
        }
        assert!("tpu".parse::<DeviceChoice>().unwrap_err().to_string().contains("there are: cpu, gpu"));
    }

    #[cfg(not(feature = "wgpu"))]
    #[test]
    fn a_program_without_gpu_support_says_how_to_get_it() {
        for choice in [DeviceChoice::Gpu, DeviceChoice::SoftwareGpu] {
            let refused = choice.open(PrecisionChoice::Auto).unwrap_err();
            let device = choice.to_string();
            assert_eq!(refused.hint(), Some(Hint::BuildWith { feature: "wgpu", device }));
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_program_without_cuda_says_how_to_get_it() {
        let refused = DeviceChoice::Cuda.open(PrecisionChoice::Auto).unwrap_err();
        let device = "cuda".to_owned();
        assert_eq!(refused.hint(), Some(Hint::BuildWith { feature: "cuda", device }));
    }
}
