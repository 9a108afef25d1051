//! Tensors with channels last in memory, which libtorch's convolutions on a CPU are about twice as fast with.

use tch::{TchError, Tensor};

/// The same values, a batch x channels x rows x columns, laid out with channels last.
pub(crate) fn channels_last(tensor: &Tensor) -> Result<Tensor, TchError> {
    let size = tensor.size();
    let [_, channels, height, width] = size[..] else {
        return tensor.f_contiguous();
    };
    if channels == 1 {
        // Any permutation of a single channel counts as contiguous already; only the strides must say so.
        let strides = [height * width, 1, width, 1];
        return tensor.f_contiguous()?.f_as_strided(&size[..], strides, None);
    }
    tensor.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn values_stay_and_strides_put_channels_last() {
        for channels in [1, 3] {
            let tensor = Tensor::arange(2 * channels * 4 * 5, (Kind::Float, Device::Cpu)).reshape([2, channels, 4, 5]);
            let last = channels_last(&tensor).unwrap();
            assert_eq!(last.size(), tensor.size());
            assert_eq!(last, tensor);
            assert_eq!(last.stride(), [20 * channels, 1, 5 * channels, channels]);
        }
    }
}
